#ifndef CSPAWN_H
#define CSPAWN_H

#include <spawn.h>

/// Has the child close every descriptor from this one on, after the actions that were added before.
/// Swift does not see glibc's own call, which <spawn.h> declares for _GNU_SOURCE alone.
int spawn_close_from(posix_spawn_file_actions_t *actions, int first);

#endif
