/* The messages of the session (proto/envelope.proto) that a client over rings sends and understands. */
#ifndef WEIR_MESSAGES_H
#define WEIR_MESSAGES_H

#include "weir.h"
#include "wire.h"

#define PROTOCOL_MAJOR 1
#define PROTOCOL_MINOR 0
#define STREAM_ID_BYTES 16
#define TRANSPORT_RING 1

/* Requests: the fields of ClientMessage's body, after the request's number. */
void put_request_id(struct wire_out *out, uint32_t request);
void put_hello(struct wire_out *out, const char *name);
void put_open(struct wire_out *out, const uint8_t id[STREAM_ID_BYTES], const struct weir_options *options);
void put_close(struct wire_out *out, uint32_t stream);
void put_pause(struct wire_out *out, uint32_t stream, int paused);
void put_drain(struct wire_out *out, uint32_t stream);

/* The numbers of ServerMessage's body. */
enum body { BODY_NONE = 0, BODY_WELCOME = 2, BODY_DONE = 3, BODY_FAILURE = 4, BODY_OPENED = 10, BODY_EVENT = 11 };

struct opened {
  uint32_t stream, transport, capacity_frames, control_bytes, data_bytes, fill_frames, quantum_frames;
};

/* A ServerMessage; what is not meant for such a client has the body BODY_NONE. */
struct message {
  uint32_t request;
  enum body body;
  uint32_t major; /* Welcome */
  struct weir_error failure;
  struct opened opened;
  struct weir_event event;
};

/* 0, or -1 when the bytes are no ServerMessage. */
int take_message(const uint8_t *bytes, size_t size, struct message *message);

#endif
