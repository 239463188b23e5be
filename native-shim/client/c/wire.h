/* Protobuf's wire format, as much of it as the session needs. Nothing is allocated; nothing outside is read. */
#ifndef WEIR_WIRE_H
#define WEIR_WIRE_H

#include <stddef.h>
#include <stdint.h>

/* Bytes being written. `full` once something did not fit: what is there then is no message. */
struct wire_out {
  uint8_t *bytes;
  size_t size, limit;
  int full;
};

void wire_put_number(struct wire_out *out, uint32_t field, uint64_t value);
void wire_put_bytes(struct wire_out *out, uint32_t field, const void *bytes, size_t size);
void wire_put_text(struct wire_out *out, uint32_t field, const char *text);

/* Bytes being read. `bad` once they were no protobuf. */
struct wire_in {
  const uint8_t *at, *end;
  int bad;
};

/* One field. `bytes` is NULL for numbers; fixed32 and fixed64, which the session does not use, are skipped. */
struct wire_field {
  uint32_t number;
  uint64_t value;
  const uint8_t *bytes;
  size_t size;
};

/* The next field; 0 at the end and where the bytes are bad. */
int wire_next(struct wire_in *in, struct wire_field *field);

struct wire_in wire_inside(const struct wire_field *field);

/* The field's text, cut to fit and ended by 0. */
void wire_text(const struct wire_field *field, char *text, size_t limit);

#endif
