/* A connection and its streams, as the two files of the public surface share them. */
#ifndef WEIR_CLIENT_H
#define WEIR_CLIENT_H

#include "link.h"
#include "messages.h"
#include "ring.h"

#define ANSWER_TIMEOUT_MS 5000
#define EVENTS_LIMIT 64

struct weir_client {
  struct link link;
  uint32_t last_request;
  struct weir_event events[EVENTS_LIMIT]; /* the oldest at first_event */
  uint32_t first_event, event_count;
  struct weir_stream *streams;
};

struct weir_stream {
  struct weir_client *client;
  struct weir_stream *next;
  uint32_t number;
  struct ring ring;
};

/* A request under way: numbered, then its fields, then sent. */
struct request {
  uint8_t bytes[REQUEST_LIMIT_BYTES];
  struct wire_out out;
  uint32_t number;
};
struct wire_out *request_begin(struct weir_client *client, struct request *request);

/* Sends it and waits for its answer, which must have that body. Events that come meanwhile are kept. 0 or -1. */
int request_finish(struct weir_client *client, struct request *request, enum body expected, int timeout_ms,
                   struct message *answer, struct weir_error *why);

#endif
