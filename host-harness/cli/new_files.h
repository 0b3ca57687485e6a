/* SPDX-License-Identifier: MIT */
/* What hl new writes: the files of each kind of project. */
#ifndef CLI_NEW_FILES_H
#define CLI_NEW_FILES_H

struct new_file {
    const char *name; /* ` stands for the project's identifier here … */
    const char *text; /* … and here */
};

/* Each ends with a row of NULL. */
extern const struct new_file new_files_function[];
extern const struct new_file new_files_job[];
extern const struct new_file new_files_main[];
extern const struct new_file new_files_host[];

#endif
