package org.latchwork.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.latchwork.LinuxException;
import org.latchwork.testing.Child;

/** What happens when no address is left for a mapping. */
class MappedFileTest {
    private static final long TERABYTE = 1L << 40;

    @TempDir
    Path directory;

    /** Maps until there is no room, then drops what it has mapped and leaves it to the garbage collector. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws IOException {
            Path path = Path.of(arguments[0]);
            List<MemorySegment> kept = new ArrayList<>();
            try (FileChannel channel = FileChannel.open(path)) {
                while (true) {
                    kept.add(channel.map(MapMode.READ_ONLY, 0, TERABYTE, Arena.ofAuto()));
                }
            } catch (IOException | OutOfMemoryError full) {
                System.out.println("full " + (kept.size() > 10));
            }
            System.out.println(map(path));
            System.out.println("dropped " + kept.size());
            kept = null;
            System.out.println(map(path));
        }

        private static String map(Path path) {
            try (MappedFile mapped = SharedFile.open(path).map(TERABYTE)) {
                return "mapped " + (mapped.segment().byteSize() == TERABYTE);
            } catch (LinuxException e) {
                return e.errnoName();
            }
        }
    }

    @Test
    void mappingsThatGarbageHoldsAreCollectedWhenThereIsNoRoom() throws IOException {
        Path sparse = Files.createFile(directory.resolve("sparse"));
        try (SharedFile file = SharedFile.open(sparse)) {
            file.extendTo(TERABYTE);
        }
        try (Child child = Child.jvm(Program.class, sparse)) {
            assertEquals("full true", child.line());
            assertEquals("ENOMEM", child.line(), "nothing is garbage yet");
            assertTrue(child.line().startsWith("dropped "));
            assertEquals("mapped true", child.line());
        }
    }
}
