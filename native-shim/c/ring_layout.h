/* The ring's memory, defined once (docs/ring-layout.md explains it; native-shim/ring-layout.ts is tested against it).
 *
 * A stream is two sealed memfds:
 *   weir-control  both sides write: one control page; a playback stream's samples follow it.
 *   weir-data     the client can only read: one status page; a record stream's samples follow it.
 * All numbers are little-endian u32. Counters only grow, modulo 2^32. */
#ifndef WEIR_RING_LAYOUT_H
#define WEIR_RING_LAYOUT_H

#include <stdint.h>

#define WEIR_RING_MAGIC 0x52494557u /* "WEIR" */
#define WEIR_RING_MAJOR 1u
#define WEIR_RING_MINOR 0u
#define WEIR_PAGE 4096u /* samples start here, in either segment */

/* weir-control, first page. Every line of 64 bytes has one writer. */
struct weir_control {
  uint32_t magic, version; /* version: major << 16 | minor */
  uint32_t capacity_frames, frame_bytes;
  uint32_t reserved0[12];

  uint32_t written; /* frames, moved by the producer alone */
  uint32_t reserved1[15];

  uint32_t read; /* frames, moved by the consumer alone */
  uint32_t reserved2[15];

  /* The client's hints; they matter to its own stream only. */
  uint32_t wake_request;  /* a new value asks for one byte on the wake-up socket ... */
  uint32_t wake_frames;   /* ... when fill <= this (playback) or >= this (record) */
  uint32_t reserved3[14];
};

/* weir-data, first page: what the server tells, under a sequence lock (odd: being written). */
struct weir_status {
  uint32_t magic, version;
  uint32_t reserved0[14];

  uint32_t sequence;
  uint32_t frame_low, frame_high; /* stream position: frames consumed (playback) or produced (record) ... */
  uint32_t time_s, time_ns;       /* ... at this CLOCK_MONOTONIC time */
  uint32_t delay_frames;          /* and from there to the speaker (playback) or from the source (record), stream's rate */
  uint32_t quantum_frames;        /* at the stream's rate */
  uint32_t fill_frames;           /* the fill that the client is to keep */
  uint32_t starved_frames;        /* frames of silence played for want of data */
  uint32_t underruns;
  uint32_t dropped_frames;
  uint32_t state;                 /* enum StreamState of mixer.proto */
  uint32_t reserved1[4];
};

#endif
