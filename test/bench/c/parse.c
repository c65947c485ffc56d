// The limit that C sets: ftrace text by hand, with memchr and loops over bytes. Reads of each line what
// irqtwin's parser does: pid, CPU, time stamp, name; of the events in NAMES also every field in FIELDS.
// usage: parse TEXT NAMES FIELDS LIGHT (names and fields: one a line)
// Prints the CPU seconds, and a checksum that the other parsers must have too: of all fields, or, so
// that summing up does not cost more than reading, of the field with number LIGHT alone (-1: all).

#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLOTS = 1024 };

struct word { const char *text; size_t length; };
struct table { struct word words[SLOTS]; int ids[SLOTS]; int count; };

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static char *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) fail(path);
  fseek(file, 0, SEEK_END);
  *size = ftell(file);
  rewind(file);
  char *bytes = malloc(*size + 1);
  if (bytes == NULL || fread(bytes, 1, *size, file) != *size) fail("read failed");
  bytes[*size] = 0;
  fclose(file);
  return bytes;
}

static uint32_t hash_of(const char *text, size_t length) {
  uint32_t hash = 0;
  for (size_t i = 0; i < length; i++) hash = hash * 31 + (unsigned char)text[i];
  return hash;
}

static int find(const struct table *table, uint32_t hash, const char *text, size_t length) {
  for (uint32_t slot = hash % SLOTS;; slot = (slot + 1) % SLOTS) {
    const struct word *word = &table->words[slot];
    if (word->text == NULL) return -1;
    if (word->length == length && memcmp(word->text, text, length) == 0) return table->ids[slot];
  }
}

static void read_table(struct table *table, const char *path) {
  size_t size;
  char *text = read_file(path, &size);
  memset(table, 0, sizeof *table);
  for (char *word = strtok(text, "\n"); word != NULL; word = strtok(NULL, "\n")) {
    uint32_t slot = hash_of(word, strlen(word)) % SLOTS;
    while (table->words[slot].text != NULL) slot = (slot + 1) % SLOTS;
    table->words[slot] = (struct word){word, strlen(word)};
    table->ids[slot] = table->count++;
  }
}

static double cpu_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static const char *number(const char *at, const char *end, uint64_t *value) {
  uint64_t sum = 0;
  for (; at < end && (unsigned)(*at - '0') < 10; at++) sum = sum * 10 + (*at - '0');
  *value = sum;
  return at;
}

static const char *spaces(const char *at, const char *end) {
  while (at < end && *at == ' ') at++;
  return at;
}

static int digit_of(char byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  return -1;
}

static uint32_t mix(uint32_t sum, uint32_t value) { return sum * 31 + value; }

// What the line read last has. A field that a later one of its name spoils is not seen.
static uint64_t values[SLOTS];
static uint32_t seen[SLOTS], stamp;

static void fields(const char *at, const char *end, const struct table *keys) {
  if (at < end && *at == '(') {
    at = memchr(at, ')', end - at);
    if (at == NULL) return;
    at++;
  }
  while (at < end) {
    if (*at == ' ') {
      at++;
      continue;
    }
    const char *key = at;
    uint32_t hash = 0;
    while (at < end && *at != '=' && *at != ' ') hash = hash * 31 + (unsigned char)*at++;
    if (at >= end || *at != '=') continue;
    const int field = find(keys, hash, key, at - key);
    at++;
    if (field < 0) {
      while (at < end && *at != ' ') at++;
      continue;
    }
    uint64_t value = 0;
    const char *digits;
    if (end - at > 2 && at[0] == '0' && at[1] == 'x') {
      digits = at += 2;
      for (int digit; at < end && (digit = digit_of(*at)) >= 0; at++) value = value << 4 | digit;
    } else {
      const int negative = at < end && *at == '-';
      digits = at += negative;
      at = number(at, end, &value);
      if (negative) value = -value;
    }
    seen[field] = 0;
    if (at > digits && (at == end || *at == ' ' || *at == ',')) {
      seen[field] = stamp;
      values[field] = value;
      if (at < end && *at == ',') at++;
    } else {
      while (at < end && *at != ' ') at++;
    }
  }
}

// The head of a line: `comm-pid [cpu] flags stamp: name: `. The rest where the event is a known one.
static uint32_t line(uint32_t sum, const char *start, const char *end,
                     const struct table *names, const struct table *keys, int light) {
  const char *bracket = end - start > 17 && start[16] == '-' ? memchr(start + 17, '[', end - start - 17)
                                                              : memchr(start, '[', end - start);
  if (bracket == NULL) return sum;
  const char *dash = start + 16;
  if (*dash != '-') dash = memrchr(start, '-', bracket - start);
  if (dash == NULL) return sum;
  uint64_t pid, cpu, whole, fraction = 0;
  number(dash + 1, end, &pid);
  const char *at = number(bracket + 1, end, &cpu);
  at = spaces(at + 1, end);
  while (at < end && *at != ' ') at++;
  at = number(spaces(at, end), end, &whole);
  if (at < end && *at == '.') {
    const char *digits = at + 1;
    at = number(digits, end, &fraction);
    for (long count = at - digits; count < 9; count++) fraction *= 10;
  } else {
    fraction = whole % 1000000000;
    whole /= 1000000000;
  }
  if (at >= end || *at != ':') return sum;
  at = spaces(at + 1, end);
  const char *name = at;
  uint32_t hash = 0;
  while (at < end && *at != ':' && *at != ' ') hash = hash * 31 + (unsigned char)*at++;
  sum = mix(mix(mix(mix(mix(sum, pid), cpu), whole), fraction), hash);
  if (find(names, hash, name, at - name) < 0) return sum;
  stamp++;
  fields(spaces(at + 1, end), end, keys);
  if (light >= 0) return seen[light] == stamp ? mix(sum, values[light]) : sum;
  for (int field = 0; field < keys->count; field++) {
    if (seen[field] != stamp) continue;
    sum = mix(mix(mix(sum, field), values[field] >> 32), values[field]);
  }
  return sum;
}

int main(int argc, char **argv) {
  if (argc != 5) fail("usage: parse TEXT NAMES FIELDS LIGHT");
  size_t size;
  const char *text = read_file(argv[1], &size);
  static struct table names, keys;
  read_table(&names, argv[2]);
  read_table(&keys, argv[3]);
  const int light = atoi(argv[4]);
  const double from = cpu_seconds();
  uint32_t sum = 0;
  for (const char *start = text, *end; start < text + size; start = end + 1) {
    end = memchr(start, '\n', text + size - start);
    if (end == NULL) break;
    if (*start != '#') sum = line(sum, start, end, &names, &keys, light);
  }
  printf("%.6f %u\n", cpu_seconds() - from, sum);
  return 0;
}
