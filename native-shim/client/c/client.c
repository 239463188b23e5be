#define _GNU_SOURCE
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "error.h"

/* ---- where the server is ---- */

static void default_socket(char *path, size_t limit) {
  const char *runtime = getenv("WEIR_RUNTIME_DIR");
  const char *xdg = getenv("XDG_RUNTIME_DIR");
  const char *tmp = getenv("TMPDIR");
  if (runtime != NULL && *runtime != 0) snprintf(path, limit, "%s/weir.sock", runtime);
  else if (xdg != NULL && *xdg != 0) snprintf(path, limit, "%s/weir/weir.sock", xdg);
  else if (geteuid() == 0) snprintf(path, limit, "/run/weir/weir.sock");
  else snprintf(path, limit, "%s/weir-%u/weir.sock", tmp != NULL && *tmp != 0 ? tmp : "/tmp", (unsigned)geteuid());
}

/* ---- messages ---- */

static void keep_event(struct weir_client *client, const struct weir_event *event) {
  if (client->event_count == EVENTS_LIMIT) {
    client->first_event = (client->first_event + 1) % EVENTS_LIMIT;
    client->event_count--;
  }
  client->events[(client->first_event + client->event_count++) % EVENTS_LIMIT] = *event;
}

/* A stream that was opened after its opener gave up. */
static int abandon(struct weir_client *client, const struct opened *opened, struct weir_error *why) {
  int fds[RING_FDS];
  struct request request;
  if (opened->transport == TRANSPORT_RING && link_take_fds(&client->link, fds, RING_FDS) == 0) {
    for (int i = 0; i < RING_FDS; i++) drop_fd(fds[i]);
  }
  put_close(request_begin(client, &request), opened->stream);
  return link_send(&client->link, request.out.bytes, request.out.size, ANSWER_TIMEOUT_MS, why);
}

/* What nobody waits for. -1: the connection is at its end. */
static int hear(struct weir_client *client, const struct message *message, struct weir_error *why) {
  switch (message->body) {
    case BODY_EVENT:
      if (message->event.kind != 0) keep_event(client, &message->event);
      return 0;
    case BODY_OPENED:
      return abandon(client, &message->opened, why);
    case BODY_FAILURE:
      if (message->request != 0) return 0; /* of a request that was given up */
      if (why != NULL) *why = message->failure;
      return -1;
    default:
      return 0;
  }
}

/* 1: a message; 0: none in time; -1: the connection is at its end. */
static int next_message(struct weir_client *client, int timeout_ms, struct message *message, struct weir_error *why) {
  const uint8_t *bytes;
  size_t size;
  int got = link_receive(&client->link, timeout_ms, &bytes, &size, why);
  if (got <= 0) return got;
  if (take_message(bytes, size, message) == 0) return 1;
  return weir_fail(why, "BAD_MESSAGE", "the server sent a message that cannot be decoded");
}

/* Nothing more can be said or heard. The streams' own ends of it are told by their wake-up sockets. */
static int end(struct weir_client *client) {
  link_close(&client->link);
  return -1;
}

struct wire_out *request_begin(struct weir_client *client, struct request *request) {
  if (++client->last_request == 0) client->last_request = 1;
  request->number = client->last_request;
  request->out = (struct wire_out){.bytes = request->bytes, .limit = sizeof request->bytes};
  put_request_id(&request->out, request->number);
  return &request->out;
}

int request_finish(struct weir_client *client, struct request *request, enum body expected, int timeout_ms,
                   struct message *answer, struct weir_error *why) {
  int64_t end_ns = now_ns() + (int64_t)timeout_ms * 1000000;
  if (client->link.fd < 0) return weir_fail(why, "SERVER_GONE", "the connection has ended");
  if (request->out.full) return weir_fail(why, "MESSAGE_TOO_LARGE", "a name is too long");
  if (link_send(&client->link, request->out.bytes, request->out.size, ANSWER_TIMEOUT_MS, why) < 0) return end(client);
  for (;;) {
    int64_t left_ms = (end_ns - now_ns()) / 1000000;
    int got = next_message(client, left_ms > 0 ? (int)left_ms : 0, answer, why);
    if (got < 0) return end(client);
    if (got == 0) return weir_fail(why, "NO_ANSWER", "the server did not answer within %d ms", timeout_ms);
    if (answer->request != request->number) {
      if (hear(client, answer, why) < 0) return end(client);
    } else if (answer->body == BODY_FAILURE) {
      if (why != NULL) *why = answer->failure;
      return -1;
    } else if (answer->body != expected) {
      weir_fail(why, "BAD_MESSAGE", "the server gave an answer to another question");
      return end(client);
    } else {
      return 0;
    }
  }
}

/* ---- the public surface ---- */

weir_client *weir_connect(const char *socket, const char *name, struct weir_error *why) {
  char path[sizeof ((struct sockaddr_un *)0)->sun_path + 1];
  struct request request;
  struct message answer;
  if (socket == NULL) default_socket(path, sizeof path);
  struct weir_client *client = calloc(1, sizeof *client);
  if (client == NULL) {
    weir_fail(why, "MAPPING_FAILED", "no memory");
    return NULL;
  }
  /* A folder in /tmp may have been made by anybody who came first; a path that a person named is that person's choice. */
  if (link_open(&client->link, socket != NULL ? socket : path, socket == NULL, why) == 0) {
    put_hello(request_begin(client, &request), name);
    if (request_finish(client, &request, BODY_WELCOME, ANSWER_TIMEOUT_MS, &answer, why) == 0) {
      if (answer.major == PROTOCOL_MAJOR) return client;
      weir_fail(why, "VERSION_MISMATCH", "the server speaks protocol %u, this program %u", answer.major, PROTOCOL_MAJOR);
    }
  }
  weir_disconnect(client);
  return NULL;
}

void weir_disconnect(weir_client *client) {
  if (client == NULL) return;
  while (client->streams != NULL) weir_close(client->streams);
  link_close(&client->link);
  free(client);
}

int weir_fd(const weir_client *client) { return client->link.fd; }

static int take_event(struct weir_client *client, struct weir_event *event) {
  if (client->event_count == 0) return 0;
  *event = client->events[client->first_event];
  client->first_event = (client->first_event + 1) % EVENTS_LIMIT;
  client->event_count--;
  return 1;
}

int weir_next_event(weir_client *client, int timeout_ms, struct weir_event *event, struct weir_error *why) {
  int64_t end_ns = now_ns() + (int64_t)timeout_ms * 1000000;
  while (!take_event(client, event)) {
    struct message message;
    int64_t left_ms = timeout_ms < 0 ? -1 : (end_ns - now_ns()) / 1000000;
    if (timeout_ms >= 0 && left_ms < 0) left_ms = 0;
    if (client->link.fd < 0) return weir_fail(why, "SERVER_GONE", "the connection has ended");
    int got = next_message(client, (int)left_ms, &message, why);
    if (got == 0) return 0;
    if (got < 0 || hear(client, &message, why) < 0) return end(client);
  }
  return 1;
}
