#include "messages.h"

#include <string.h>

#define BODY_BYTES 1024 /* of a request; names beyond it do not fit and are refused */

void put_request_id(struct wire_out *out, uint32_t request) { wire_put_number(out, 1, request); }

static void put_body(struct wire_out *out, uint32_t number, const struct wire_out *body) {
  if (body->full) out->full = 1;
  else wire_put_bytes(out, number, body->bytes, body->size);
}

void put_hello(struct wire_out *out, const char *name) {
  uint8_t room[BODY_BYTES];
  struct wire_out body = {.bytes = room, .limit = sizeof room};
  wire_put_number(&body, 1, PROTOCOL_MAJOR);
  wire_put_number(&body, 2, PROTOCOL_MINOR);
  wire_put_text(&body, 3, name);
  wire_put_number(&body, 4, 1); /* can map shared memory */
  put_body(out, 2, &body);
}

void put_open(struct wire_out *out, const uint8_t id[STREAM_ID_BYTES], const struct weir_options *options) {
  uint8_t room[BODY_BYTES];
  struct wire_out body = {.bytes = room, .limit = sizeof room};
  wire_put_bytes(&body, 1, id, STREAM_ID_BYTES);
  wire_put_number(&body, 3, (uint64_t)options->direction);
  wire_put_text(&body, 4, options->name);
  wire_put_text(&body, 5, options->device);
  wire_put_number(&body, 6, (uint64_t)options->format);
  wire_put_number(&body, 7, options->rate);
  wire_put_number(&body, 8, options->channels);
  wire_put_number(&body, 9, options->latency_us);
  wire_put_number(&body, 10, TRANSPORT_RING);
  put_body(out, 10, &body);
}

static void put_stream_request(struct wire_out *out, uint32_t number, uint32_t stream, uint64_t second) {
  uint8_t room[BODY_BYTES];
  struct wire_out body = {.bytes = room, .limit = sizeof room};
  wire_put_number(&body, 1, stream);
  wire_put_number(&body, 2, second);
  put_body(out, number, &body);
}

void put_close(struct wire_out *out, uint32_t stream) { put_stream_request(out, 11, stream, 0); }
void put_pause(struct wire_out *out, uint32_t stream, int paused) { put_stream_request(out, 12, stream, paused != 0); }
void put_drain(struct wire_out *out, uint32_t stream) { put_stream_request(out, 13, stream, 0); }

static int take_welcome(struct wire_in in, struct message *message) {
  struct wire_field field;
  while (wire_next(&in, &field))
    if (field.number == 1) message->major = (uint32_t)field.value;
  return in.bad ? -1 : 0;
}

static int take_failure(struct wire_in in, struct weir_error *failure) {
  struct wire_field field;
  while (wire_next(&in, &field)) {
    if (field.number == 1) wire_text(&field, failure->code, sizeof failure->code);
    if (field.number == 2) wire_text(&field, failure->what, sizeof failure->what);
  }
  return in.bad ? -1 : 0;
}

static int take_opened(struct wire_in in, struct opened *opened) {
  struct wire_field field;
  while (wire_next(&in, &field)) {
    uint32_t value = (uint32_t)field.value;
    switch (field.number) {
      case 1: opened->stream = value; break;
      case 3: opened->transport = value; break;
      case 5: opened->capacity_frames = value; break;
      case 6: opened->control_bytes = value; break;
      case 7: opened->data_bytes = value; break;
      case 8: opened->fill_frames = value; break;
      case 9: opened->quantum_frames = value; break;
      default: break;
    }
  }
  return in.bad ? -1 : 0;
}

static int take_event(struct wire_in in, struct weir_event *event) {
  struct wire_field field;
  uint64_t kind = 0;
  while (wire_next(&in, &field)) {
    switch (field.number) {
      case 1: event->stream = (uint32_t)field.value; break;
      case 2: kind = field.value; break;
      case 3: event->frames = field.value; break;
      case 4: wire_text(&field, event->why.code, sizeof event->why.code); break;
      case 5: wire_text(&field, event->why.what, sizeof event->why.what); break;
      case 6: wire_text(&field, event->device, sizeof event->device); break;
      default: break;
    }
  }
  if (kind >= WEIR_STARTED && kind <= WEIR_LOST) event->kind = (enum weir_event_kind)kind;
  return in.bad ? -1 : 0;
}

static int take_body(const struct wire_field *field, struct message *message) {
  struct wire_in in = wire_inside(field);
  switch (field->number) {
    case BODY_WELCOME: message->body = BODY_WELCOME; return take_welcome(in, message);
    case BODY_DONE: message->body = BODY_DONE; return 0;
    case BODY_FAILURE: message->body = BODY_FAILURE; return take_failure(in, &message->failure);
    case BODY_OPENED: message->body = BODY_OPENED; return take_opened(in, &message->opened);
    case BODY_EVENT: message->body = BODY_EVENT; return take_event(in, &message->event);
    default: return 0;
  }
}

int take_message(const uint8_t *bytes, size_t size, struct message *message) {
  struct wire_in in = {.at = bytes, .end = bytes + size};
  struct wire_field field;
  memset(message, 0, sizeof *message);
  while (wire_next(&in, &field)) {
    if (field.number == 1) message->request = (uint32_t)field.value;
    else if (take_body(&field, message) < 0) return -1;
  }
  return in.bad ? -1 : 0;
}
