/* Room on the disk that a repository keeps for the day when there is none: a file without content. Work that must go on
 * when the disk is full gives it up first and takes it again afterwards. Never an error: a repository without it is
 * whole. Under the writer's lock. */
#ifndef MB_RESERVE_H
#define MB_RESERVE_H

/* Makes REPO/reserve, or as much of it as there is room for. Cheap where it is there already. */
void reserve_keep(const char *repository_path);

/* Gives it up when the disk has less room than that. */
void reserve_use(const char *repository_path);

#endif
