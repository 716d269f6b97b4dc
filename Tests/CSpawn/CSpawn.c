#define _GNU_SOURCE
#include "CSpawn.h"

int spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
#ifdef __linux__
  return posix_spawn_file_actions_addclosefrom_np(actions, first);
#else
  // Elsewhere POSIX_SPAWN_CLOEXEC_DEFAULT does it.
  (void)actions;
  (void)first;
  return 0;
#endif
}
