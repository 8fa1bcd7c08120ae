package org.latchwork.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.latchwork.checkpoint.CheckpointLayout;

/** The checkpoints of a file that have a value or waiters. The file is read as any file: listing changes nothing and needs no write permission. */
final class CheckpointListing {
    private static final int PAGE = 4096;
    private static final byte[] MAGIC = "LTPM".getBytes(StandardCharsets.US_ASCII);
    private static final String ROW = "%-5s %-10s %-8s %-8s %s%n";

    private CheckpointListing() {}

    static int print(Path file, CheckpointLayout layout, CheckpointActions actions) {
        Map<Integer, Integer> values;
        FutexWaiters waiters;
        try {
            values = values(read(file), layout);
            waiters = FutexWaiters.of(file, layout.firstWord(), layout.capacity(PAGE));
        } catch (NoSuchFileException e) {
            return actions.complain(ExitStatus.BROKEN, file + " does not exist");
        } catch (AccessDeniedException e) {
            return actions.complain(ExitStatus.BROKEN, file + " cannot be read: permission denied");
        } catch (IOException e) {
            return actions.complain(ExitStatus.BROKEN, file + ": " + e.getMessage());
        }
        Set<Integer> ids = new TreeSet<>(values.keySet());
        ids.addAll(waiters.byWord().keySet());
        actions.out().printf(ROW, "ID", "VALUE", "PID", "TID", "COMMAND");
        for (int id : ids) {
            String value = Integer.toUnsignedString(values.getOrDefault(id, 0));
            for (FutexWaiters.Waiter waiter : waiters.byWord().getOrDefault(id, List.of(FutexWaiters.Waiter.NOBODY))) {
                actions.out().printf(ROW, id, value, waiter.pid(), waiter.tid(), CheckpointActions.printable(waiter.command()));
            }
        }
        if (waiters.hidden() > 0) {
            actions.complain(ExitStatus.DONE, "/proc does not let this user look at " + waiters.hidden()
                    + " processes or threads, which may wait as well; root sees them all");
        }
        return actions.out().checkError() ? actions.complain(ExitStatus.BROKEN, "standard output cannot be written to") : ExitStatus.DONE;
    }

    private static byte[] read(Path file) throws IOException {
        if (!Files.readAttributes(file, "isRegularFile", LinkOption.NOFOLLOW_LINKS).get("isRegularFile").equals(true)) {
            throw new IOException("is not a regular file");
        }
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            return in.readNBytes(PAGE);
        }
    }

    /** {@return the words that are not zero; what lies beyond a short file's end is} */
    private static Map<Integer, Integer> values(byte[] page, CheckpointLayout layout) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(PAGE).order(ByteOrder.nativeOrder()).put(0, page);
        if (layout.hasMagic() && bytes.slice(0, MAGIC.length).mismatch(ByteBuffer.wrap(MAGIC)) >= 0) {
            throw new IOException("has a bad magic: it does not begin with \"LTPM\"");
        }
        Map<Integer, Integer> values = new TreeMap<>();
        for (int id = 0; id < layout.capacity(PAGE); id++) {
            int value = bytes.getInt(layout.firstWord() + id * Integer.BYTES);
            if (value != 0) {
                values.put(id, value);
            }
        }
        return values;
    }
}
