// A byte buffer that is written front to back, little-endian, as HCI is.
// Writing past the end is a bug of the caller and stops the program.
#ifndef BYTES_H
#define BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
    uint8_t *at;
    size_t length, capacity;
};

static inline void put(struct bytes *b, const void *from, size_t count) {
    if (count > b->capacity - b->length) abort();
    if (count) memcpy(b->at + b->length, from, count);
    b->length += count;
}

static inline void put8(struct bytes *b, unsigned value) {
    put(b, &(uint8_t){(uint8_t)value}, 1);
}

static inline void put16(struct bytes *b, unsigned value) {
    put8(b, value);
    put8(b, value >> 8);
}

static inline void put32be(struct bytes *b, uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) put8(b, value >> shift);
}

static inline unsigned get16(const uint8_t *from) {
    return from[0] | (unsigned)from[1] << 8;
}

// One multiplicative step and a fold: spreads a counter over 32 bits, the same on every machine.
static inline uint32_t spread(uint32_t value) {
    value *= 0x9E3779B1u;
    value ^= value >> 15;
    value *= 0x85EBCA6Bu;
    return value ^ value >> 13;
}

#endif
