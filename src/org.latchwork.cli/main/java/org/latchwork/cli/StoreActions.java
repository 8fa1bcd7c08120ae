package org.latchwork.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.latchwork.file.Durability;
import org.latchwork.file.PublishOutcome;
import org.latchwork.publish.Awaited;
import org.latchwork.publish.EvictionPolicy;
import org.latchwork.publish.PublishStore;
import org.latchwork.publish.Published;
import org.latchwork.publish.StoreCheck;
import org.latchwork.publish.StoreEviction;
import org.latchwork.publish.StoreKey;
import org.latchwork.publish.StoreSweep;
import org.latchwork.publish.StoredFile;
import org.latchwork.publish.Verification;
import org.latchwork.wait.Deadline;

/** What {@code latchwork store} does. Each action answers with an {@link ExitStatus}; unless it is {@code DONE}, stderr says why. */
record StoreActions(InputStream in, PrintStream out, PrintStream err) {
    private static final String COMMAND = "latchwork store";
    /** Often enough to see that it goes on, seldom enough to cost nothing. */
    private static final long PROGRESS_NANOS = 200_000_000;

    private interface Action {
        int perform(PublishStore store) throws IOException;
    }

    private int with(Path folder, Action action) {
        try (PublishStore store = PublishStore.open(folder)) {
            int status = action.perform(store);
            return out.checkError() ? complain(ExitStatus.BROKEN, "standard output cannot be written to") : status;
        } catch (IOException e) {
            return complain(ExitStatus.BROKEN, e instanceof NoSuchFileException ? e.getMessage() + " does not exist" : e.toString());
        } catch (UncheckedIOException e) {
            return complain(ExitStatus.BROKEN, e.getCause().toString());
        } catch (RuntimeException e) {
            return complain(ExitStatus.BROKEN, e.getMessage() != null ? e.getMessage() : e.toString());
        }
    }

    private int complain(int status, String message) {
        err.println(CheckpointActions.printable(COMMAND + ": " + message));
        return status;
    }

    int put(Path folder, List<String> files, StoreKey name, Durability durability, boolean json) throws WrongUse {
        if (name != null && files.size() > 1) {
            throw new WrongUse("--name takes one FILE");
        }
        return with(folder, store -> {
            int status = ExitStatus.DONE;
            for (String file : files) {
                Published published = put(store, file, name, durability);
                if (json) {
                    out.println(new Json().put("file", file).put("key", published.key()).put("outcome", published.outcome()));
                } else if (published.outcome() != PublishOutcome.COLLISION) {
                    out.println(CheckpointActions.printable(published.key().toString()));
                }
                if (published.outcome() == PublishOutcome.COLLISION) {
                    status = complain(ExitStatus.FAILED,
                            published.key() + " stands for another content than " + file + "; it was left as it is");
                }
            }
            return status;
        });
    }

    private Published put(PublishStore store, String file, StoreKey name, Durability durability) throws IOException {
        try (InputStream content = file.equals("-") ? in : Files.newInputStream(Path.of(file))) {
            return name == null ? store.put(content, durability) : new Published(name, store.publish(name, content, durability));
        }
    }

    int get(Path folder, StoreKey key) {
        return with(folder, store -> {
            if (store.find(key).isEmpty()) {
                return complain(ExitStatus.FAILED, "no " + key + " in " + folder);
            }
            try (InputStream content = Channels.newInputStream(store.open(key))) {
                content.transferTo(out);
                out.flush();
            }
            return ExitStatus.DONE;
        });
    }

    /** Waits; without a timeout for ever. */
    int await(Path folder, StoreKey key, Duration timeout, boolean json) {
        return with(folder, store -> {
            Awaited awaited = store.await(key, timeout == null ? Deadline.NEVER : Deadline.after(timeout));
            if (json) {
                Json line = new Json().put("key", key).put("outcome", awaited.outcome());
                awaited.file().ifPresent(found -> line.put("size", found.size()).put("published", found.published()));
                out.println(line);
            }
            return awaited.file().isPresent() ? ExitStatus.DONE
                    : complain(ExitStatus.FAILED, "no " + key + " in " + folder
                            + (timeout == null ? "" : " within " + timeout.toMillis() + " ms"));
        });
    }

    int list(Path folder, boolean json) {
        return with(folder, store -> {
            try (Stream<StoreKey> keys = store.keys()) {
                keys.forEach(key -> {
                    Optional<StoredFile> file = json ? store.find(key) : Optional.empty();
                    if (!json) {
                        out.println(CheckpointActions.printable(key.toString()));
                    }
                    file.ifPresent(found -> out.println(
                            new Json().put("key", key).put("size", found.size()).put("published", found.published())));
                });
            }
            return ExitStatus.DONE;
        });
    }

    int verify(Path folder, List<StoreKey> keys, boolean json, boolean progress) {
        return with(folder, store -> keys.isEmpty() ? check(store, json, progress) : verify(store, keys, json));
    }

    private int verify(PublishStore store, List<StoreKey> keys, boolean json) {
        int status = ExitStatus.DONE;
        for (StoreKey key : keys) {
            Verification verification = store.verify(key);
            out.println(json ? new Json().put("key", key).put("verification", verification)
                    : CheckpointActions.printable(verification + " " + key));
            status = verification == Verification.VALID ? status : ExitStatus.FAILED;
        }
        return status == ExitStatus.DONE ? status : complain(status, "not all of these are valid");
    }

    private int check(PublishStore store, boolean json, boolean progress) {
        StoreCheck check = store.check(progress(progress));
        for (StoreCheck.Problem problem : check.problems()) {
            out.println(json ? new Json().put("path", problem.path()).put("problem", problem.what())
                    : CheckpointActions.printable(problem.path() + " " + problem.what()));
        }
        if (json) {
            out.println(new Json().put("files", check.files()).put("bytes", check.bytes()).put("problems", check.problems().size()));
        }
        return check.problems().isEmpty() ? ExitStatus.DONE
                : complain(ExitStatus.FAILED, check.problems().size() + " problems among " + check.files() + " files");
    }

    /** A line that is written over, for people who wait. */
    private Consumer<StoreKey> progress(boolean always) {
        if (!always && (System.console() == null || !System.console().isTerminal())) {
            return key -> {};
        }
        long[] files = {0, System.nanoTime()};
        return key -> {
            files[0]++;
            if (files[0] == 1 || System.nanoTime() - files[1] > PROGRESS_NANOS) {
                files[1] = System.nanoTime();
                err.print("\r" + files[0] + " files read");
                err.flush();
            }
        };
    }

    int sweep(Path folder, boolean json) {
        return with(folder, store -> {
            StoreSweep sweep = store.sweep();
            out.println(json ? new Json().put("removed", sweep.removed()).put("live", sweep.live()).put("restored", sweep.restored())
                    : sweep.removed() + " removed, " + sweep.live() + " live, " + sweep.restored() + " restored");
            return ExitStatus.DONE;
        });
    }

    int evict(Path folder, EvictionPolicy policy, boolean contents, boolean json) {
        return with(folder, store -> {
            StoreEviction eviction = store.evict(policy, key -> !contents || key.isContent());
            out.println(json ? new Json().put("evicted", eviction.evicted()).put("evictedBytes", eviction.evictedBytes())
                            .put("kept", eviction.kept()).put("keptBytes", eviction.keptBytes())
                    : eviction.evicted() + " evicted (" + eviction.evictedBytes() + " bytes), " + eviction.kept() + " kept ("
                            + eviction.keptBytes() + " bytes)");
            return ExitStatus.DONE;
        });
    }
}
