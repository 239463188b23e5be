/*
 * A sound card made of CLOCK_MONOTONIC, for tests: an ALSA ioplug that plays in real time into a file and goes wrong
 * when it is told to.
 *
 *   pcm.NAME {
 *     type fake
 *     file PATH            # gets exactly the frames that the "hardware" consumed
 *     append 1             # after what it holds already: a card that is opened again plays on in the same file
 *     ppm N                # its clock is that much too fast
 *     formats "S16_LE …"   # what it takes (default: S16_LE S24_3LE S32_LE FLOAT_LE)
 *     channels N           # takes this many only (default: 1 to 16)
 *     rate N               # takes this rate only (default: 8000 to 192000)
 *     period_bytes N       # smallest period (default 64)
 *     periods N            # most periods of a buffer (default 1024)
 *     dry_after FRAMES     # says there, once, that it ran dry: what is queued is lost
 *     fail_after FRAMES    # is unplugged there: ENODEV from then on
 *     freeze_after FRAMES  # consumes nothing more, though its timer goes on
 *     hang_after FRAMES    # the first write of this process that reaches this frame blocks for ten minutes
 *   }
 */
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define NEVER INT64_MAX
#define HANG_S 600
#define FORMATS_MAX 8

struct fake {
  snd_pcm_ioplug_t io;
  int file;
  double ppm;
  int64_t dry_after, fail_after, freeze_after, hang_after;

  char *ring; /* buffer_size frames */
  size_t frame_bytes;
  snd_pcm_uframes_t avail_min;
  bool running;
  double started; /* s */
  /* Frames since the card was opened; `base` where it was prepared last, because libasound counts from zero then. */
  int64_t base, at_start, written, consumed;
};

static atomic_flag hung = ATOMIC_FLAG_INIT;

static double now_s(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void set_timer(struct fake *card, int64_t first_ns, int64_t every_ns) {
  struct itimerspec timer = {
      .it_value = {first_ns / 1000000000, first_ns % 1000000000},
      .it_interval = {every_ns / 1000000000, every_ns % 1000000000},
  };
  timerfd_settime(card->io.poll_fd, 0, &timer, NULL);
}

static double clock_rate(const struct fake *card) { return card->io.rate * (1 + card->ppm * 1e-6); }

/* Frame n of the card's life is in the ring at this place. */
static char *ring_at(struct fake *card, int64_t frame) {
  return card->ring + (size_t)(frame - card->base) % card->io.buffer_size * card->frame_bytes;
}

/* Frames that are contiguous in the ring from `frame` on. */
static int64_t until_wrap(const struct fake *card, int64_t frame) {
  return (int64_t)(card->io.buffer_size - (size_t)(frame - card->base) % card->io.buffer_size);
}

static void consume_until(struct fake *card, int64_t frame) {
  while (card->consumed < frame) {
    int64_t count = frame - card->consumed, limit = until_wrap(card, card->consumed);
    if (count > limit) count = limit;
    if (card->file >= 0) {
      ssize_t bytes = (ssize_t)((size_t)count * card->frame_bytes);
      if (write(card->file, ring_at(card, card->consumed), (size_t)bytes) != bytes) abort();
    }
    card->consumed += count;
  }
}

/* Plays what the clock says. 0, or why the card stopped. */
static int catch_up(struct fake *card) {
  if (!card->running) return 0;
  int64_t due = card->at_start + (int64_t)((now_s() - card->started) * clock_rate(card));
  if (due > card->freeze_after) due = card->freeze_after;
  if (due >= card->fail_after) {
    consume_until(card, card->fail_after < card->written ? card->fail_after : card->written);
    return -ENODEV;
  }
  bool dry = due > card->written || due >= card->dry_after;
  if (due >= card->dry_after) card->dry_after = NEVER;
  consume_until(card, due < card->written ? due : card->written);
  return dry ? -EPIPE : 0;
}

static bool unplugged(const struct fake *card) { return card->consumed >= card->fail_after; }

static int fake_prepare(snd_pcm_ioplug_t *io) {
  struct fake *card = io->private_data;
  if (unplugged(card)) return -ENODEV;
  card->running = false;
  card->written = card->consumed; /* what was queued is thrown away */
  card->base = card->consumed;
  set_timer(card, 1, 0); /* an empty buffer is ready at once */
  return 0;
}

static int fake_start(snd_pcm_ioplug_t *io) {
  struct fake *card = io->private_data;
  if (unplugged(card)) return -ENODEV;
  card->running = true;
  card->started = now_s();
  card->at_start = card->consumed;
  int64_t period_ns = (int64_t)((double)io->period_size / clock_rate(card) * 1e9);
  set_timer(card, period_ns, period_ns);
  return 0;
}

static int fake_stop(snd_pcm_ioplug_t *io) {
  struct fake *card = io->private_data;
  card->running = false;
  set_timer(card, 0, 0);
  return 0;
}

static snd_pcm_sframes_t fake_pointer(snd_pcm_ioplug_t *io) {
  struct fake *card = io->private_data;
  int error = catch_up(card);
  if (error == -ENODEV) snd_pcm_ioplug_set_state(io, SND_PCM_STATE_DISCONNECTED);
  if (error < 0) return error;
  return (snd_pcm_sframes_t)((size_t)(card->consumed - card->base) % io->buffer_size);
}

static snd_pcm_sframes_t fake_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
                                       snd_pcm_uframes_t offset, snd_pcm_uframes_t frames) {
  struct fake *card = io->private_data;
  if (unplugged(card)) return -ENODEV;
  if (card->written + (int64_t)frames > card->hang_after && !atomic_flag_test_and_set(&hung)) sleep(HANG_S);
  const char *from = (const char *)areas->addr + areas->first / 8 + offset * card->frame_bytes;
  for (int64_t left = (int64_t)frames; left > 0;) {
    int64_t count = until_wrap(card, card->written);
    if (count > left) count = left;
    memcpy(ring_at(card, card->written), from, (size_t)count * card->frame_bytes);
    from += (size_t)count * card->frame_bytes;
    card->written += count;
    left -= count;
  }
  return (snd_pcm_sframes_t)frames;
}

static int fake_hw_params(snd_pcm_ioplug_t *io, snd_pcm_hw_params_t *params) {
  struct fake *card = io->private_data;
  (void)params;
  card->frame_bytes = io->channels * (size_t)snd_pcm_format_physical_width(io->format) / 8;
  free(card->ring);
  card->ring = calloc(io->buffer_size, card->frame_bytes);
  return card->ring ? 0 : -ENOMEM;
}

static int fake_sw_params(snd_pcm_ioplug_t *io, snd_pcm_sw_params_t *params) {
  struct fake *card = io->private_data;
  return snd_pcm_sw_params_get_avail_min(params, &card->avail_min);
}

static int fake_poll_revents(snd_pcm_ioplug_t *io, struct pollfd *pfd, unsigned count, unsigned short *revents) {
  struct fake *card = io->private_data;
  (void)count;
  *revents = 0;
  if (!(pfd->revents & POLLIN)) return 0;
  snd_pcm_sframes_t avail = snd_pcm_avail_update(io->pcm);
  if (avail < 0) {
    *revents = POLLERR | POLLOUT;
  } else if ((snd_pcm_uframes_t)avail >= card->avail_min) {
    *revents = POLLOUT;
  } else {
    uint64_t ticks;
    if (read(io->poll_fd, &ticks, sizeof ticks) < 0) return 0; /* another reader took the tick */
  }
  return 0;
}

static int fake_delay(snd_pcm_ioplug_t *io, snd_pcm_sframes_t *frames) {
  struct fake *card = io->private_data;
  int error = catch_up(card);
  if (error < 0) return error;
  *frames = (snd_pcm_sframes_t)(card->written - card->consumed);
  return 0;
}

static int fake_close(snd_pcm_ioplug_t *io) {
  struct fake *card = io->private_data;
  if (card->file >= 0) close(card->file);
  close(io->poll_fd);
  free(card->ring);
  free(card);
  return 0;
}

static const snd_pcm_ioplug_callback_t CALLBACKS = {
    .prepare = fake_prepare,
    .start = fake_start,
    .stop = fake_stop,
    .pointer = fake_pointer,
    .transfer = fake_transfer,
    .hw_params = fake_hw_params,
    .sw_params = fake_sw_params,
    .poll_revents = fake_poll_revents,
    .delay = fake_delay,
    .close = fake_close,
};

/* ---- configuration ---- */

struct options {
  const char *file, *formats;
  long append, ppm, channels, rate, period_bytes, periods, dry_after, fail_after, freeze_after, hang_after;
};

static int read_options(snd_config_t *conf, struct options *options) {
  const struct {
    const char *key;
    long *number;
    const char **text;
  } known[] = {
      {"file", NULL, &options->file},
      {"formats", NULL, &options->formats},
      {"append", &options->append, NULL},
      {"ppm", &options->ppm, NULL},
      {"channels", &options->channels, NULL},
      {"rate", &options->rate, NULL},
      {"period_bytes", &options->period_bytes, NULL},
      {"periods", &options->periods, NULL},
      {"dry_after", &options->dry_after, NULL},
      {"fail_after", &options->fail_after, NULL},
      {"freeze_after", &options->freeze_after, NULL},
      {"hang_after", &options->hang_after, NULL},
  };
  snd_config_iterator_t at, next;
  snd_config_for_each(at, next, conf) {
    snd_config_t *entry = snd_config_iterator_entry(at);
    const char *key;
    if (snd_config_get_id(entry, &key) < 0 || strcmp(key, "type") == 0) continue;
    int error = -EINVAL;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
      if (strcmp(key, known[i].key) != 0) continue;
      error = known[i].text ? snd_config_get_string(entry, known[i].text)
                            : snd_config_get_integer(entry, known[i].number);
    }
    if (error < 0) {
      SNDERR("fake: bad option %s", key);
      return error;
    }
  }
  return 0;
}

static int allow(snd_pcm_ioplug_t *io, int what, unsigned least, unsigned most) {
  return snd_pcm_ioplug_set_param_minmax(io, what, least, most);
}

static int constrain(struct fake *card, const struct options *options) {
  static const unsigned access[] = {SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_MMAP_INTERLEAVED};
  unsigned formats[FORMATS_MAX], count = 0;
  char names[128];
  snprintf(names, sizeof names, "%s", options->formats);
  for (char *rest = names, *name; (name = strsep(&rest, " ")) && count < FORMATS_MAX; count++) {
    int format = snd_pcm_format_value(name);
    if (format < 0) return format;
    formats[count] = (unsigned)format;
  }
  unsigned channels = (unsigned)options->channels, rate = (unsigned)options->rate;
  snd_pcm_ioplug_t *io = &card->io;
  int error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 2, access);
  if (!error) error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, count, formats);
  if (!error) error = allow(io, SND_PCM_IOPLUG_HW_CHANNELS, channels ? channels : 1, channels ? channels : 16);
  if (!error) error = allow(io, SND_PCM_IOPLUG_HW_RATE, rate ? rate : 8000, rate ? rate : 192000);
  unsigned period_bytes = (unsigned)options->period_bytes;
  if (!error) error = allow(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, period_bytes, 1 << 20);
  if (!error) error = allow(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 2 * period_bytes, 4 << 20);
  if (!error) error = allow(io, SND_PCM_IOPLUG_HW_PERIODS, 2, (unsigned)options->periods);
  return error;
}

static int64_t frame_or_never(long frames) { return frames > 0 ? frames : NEVER; }

SND_PCM_PLUGIN_DEFINE_FUNC(fake) {
  (void)root;
  if (stream != SND_PCM_STREAM_PLAYBACK) return -EINVAL;
  struct options options = {.formats = "S16_LE S24_3LE S32_LE FLOAT_LE", .period_bytes = 64, .periods = 1024};
  int error = read_options(conf, &options);
  if (error < 0) return error;

  struct fake *card = calloc(1, sizeof *card);
  if (!card) return -ENOMEM;
  card->ppm = (double)options.ppm;
  card->dry_after = frame_or_never(options.dry_after);
  card->fail_after = frame_or_never(options.fail_after);
  card->freeze_after = frame_or_never(options.freeze_after);
  card->hang_after = frame_or_never(options.hang_after);
  int flags = O_CREAT | O_WRONLY | O_CLOEXEC | (options.append ? O_APPEND : O_TRUNC);
  card->file = options.file ? open(options.file, flags, 0600) : -1;
  card->io = (snd_pcm_ioplug_t){
      .version = SND_PCM_IOPLUG_VERSION,
      .name = "A card made of a clock",
      .callback = &CALLBACKS,
      .private_data = card,
      .flags = SND_PCM_IOPLUG_FLAG_MONOTONIC,
      .poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC),
      .poll_events = POLLIN,
  };
  error = snd_pcm_ioplug_create(&card->io, name, stream, mode);
  if (error < 0) {
    fake_close(&card->io);
    return error;
  }
  error = constrain(card, &options);
  if (error < 0) {
    snd_pcm_ioplug_delete(&card->io);
    return error;
  }
  *pcmp = card->io.pcm;
  return 0;
}
SND_PCM_PLUGIN_SYMBOL(fake);
