// Package powercut tells what is left of a folder when the power fails while a
// process writes to it. It is for tests.
//
// [Start] runs a process under ptrace and follows its system calls: what it
// writes, truncates, creates, renames and removes below the folder, and what it
// syncs. From them it keeps a [Disk], which knows for every file and every
// folder what has reached the disk for certain and what is only in its cache.
// When the process has been killed, [Disk.Restore] writes down what the power
// failure has left.
//
// It goes by what POSIX promises, and by nothing that a particular file system
// adds. A file's bytes and size last once fsync has returned; a name that was
// made, changed or removed lasts once its folder was synced; opening with O_SYNC
// syncs each write. What was written while a sync was under way is not part of
// it. So a file that was synced is lost when its folder was not, which ext4, XFS
// and Btrfs would not do, and a rename can be undone.
//
// Of what was not synced, [Lost] leaves nothing. [Torn] leaves a random part of
// it: any of the writes to a file, the last one up to a sector, with zeros where
// one before it is missing; and of a folder's changes the first ones.
//
// Why ptrace: the program under test stays as it is, and neither privileges nor
// kernel modules are needed, as they are for an image on a loop device,
// dm-log-writes or a FUSE file system. A library that is preloaded does not see
// Go's system calls. And a model can be stricter than the file system that
// happens to be there. The price is that Linux itself is not tested: if its fsync
// lies, so does this.
package powercut
