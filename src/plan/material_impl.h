/*
 * The text of a step's material, shared by its writer and by the one who compares two of them.
 */
#ifndef PLAN_MATERIAL_IMPL_H
#define PLAN_MATERIAL_IMPL_H

#include <stddef.h>

#include "base/arena.h"

/* The value of an escaped field, in the arena. */
const char *material_unescape(struct arena *arena, const char *text, size_t len);

#endif
