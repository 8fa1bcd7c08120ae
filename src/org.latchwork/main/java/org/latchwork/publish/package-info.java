/**
 * The publish store: a folder of files that many processes write and read at once, without a lock
 * ({@link org.latchwork.publish.PublishStore}).
 *
 * <p>A file is built in private and linked to its public name whole, as in {@link org.latchwork.file.StagedFile}, on which this stands. What
 * it adds: a key for each file, by content or by name; looking first; transactions with a manifest; sweeping what crashes have left; eviction;
 * waiting until a file is there, by futex words for publishers that know of them and by inotify(7) for all others.
 */
package org.latchwork.publish;
