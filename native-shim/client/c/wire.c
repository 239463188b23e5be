#include "wire.h"

#include <string.h>

enum { VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5 };
#define VARINT_BYTES 10

static void put_varint(struct wire_out *out, uint64_t value) {
  do {
    if (out->size == out->limit) {
      out->full = 1;
      return;
    }
    out->bytes[out->size++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>= 7;
  } while (value > 0);
}

void wire_put_number(struct wire_out *out, uint32_t field, uint64_t value) {
  if (value == 0) return; /* proto3: what is absent is 0 */
  put_varint(out, (uint64_t)field << 3 | VARINT);
  put_varint(out, value);
}

void wire_put_bytes(struct wire_out *out, uint32_t field, const void *bytes, size_t size) {
  put_varint(out, (uint64_t)field << 3 | LENGTH);
  put_varint(out, size);
  if (size > out->limit - out->size) {
    out->full = 1;
    return;
  }
  if (size > 0) memcpy(out->bytes + out->size, bytes, size);
  out->size += size;
}

void wire_put_text(struct wire_out *out, uint32_t field, const char *text) {
  if (text != NULL && *text != 0) wire_put_bytes(out, field, text, strlen(text));
}

static uint64_t take_varint(struct wire_in *in) {
  uint64_t value = 0;
  for (int i = 0; i < VARINT_BYTES && in->at < in->end; i++) {
    uint8_t byte = *in->at++;
    value |= (uint64_t)(byte & 0x7f) << (7 * i);
    if (byte < 0x80) return value;
  }
  in->bad = 1;
  return 0;
}

static const uint8_t *take(struct wire_in *in, uint64_t size) {
  const uint8_t *at = in->at;
  if (size > (uint64_t)(in->end - in->at)) {
    in->bad = 1;
    return NULL;
  }
  in->at += size;
  return at;
}

int wire_next(struct wire_in *in, struct wire_field *field) {
  while (!in->bad && in->at < in->end) {
    uint64_t key = take_varint(in);
    if (in->bad || key >> 3 == 0 || key >> 32 != 0) break;
    *field = (struct wire_field){.number = (uint32_t)(key >> 3)};
    switch (key & 7) {
      case VARINT:
        field->value = take_varint(in);
        return !in->bad;
      case LENGTH:
        field->size = (size_t)take_varint(in);
        field->bytes = take(in, field->size);
        return !in->bad;
      case FIXED64:
        take(in, 8);
        break;
      case FIXED32:
        take(in, 4);
        break;
      default:
        in->bad = 1;
    }
  }
  if (in->at < in->end) in->bad = 1;
  return 0;
}

struct wire_in wire_inside(const struct wire_field *field) {
  if (field->bytes == NULL) return (struct wire_in){.bad = 1};
  return (struct wire_in){.at = field->bytes, .end = field->bytes + field->size};
}

void wire_text(const struct wire_field *field, char *text, size_t limit) {
  size_t size = field->size < limit - 1 ? field->size : limit - 1;
  if (size > 0) memcpy(text, field->bytes, size);
  text[size] = 0;
}
