package org.latchwork.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
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
import org.latchwork.testing.Conditions;

/** Addresses: when none is left for a mapping, and what is there after one. */
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

    @Test
    void whoIsLateAtTheAddressDoesNoHarmAndTheAddressIsGivenBack() throws IOException {
        Path path = directory.resolve("file");
        Files.write(path, new byte[] {1, 2, 3, 4});
        MappedFile mapped = SharedFile.open(path).map(4);
        MemorySegment late = MemorySegment.ofAddress(mapped.address()).reinterpret(4);
        long address = mapped.address();
        assertEquals(1, late.get(ValueLayout.JAVA_BYTE, 0));
        assertTrue(isMapped(address, path.toString()));
        mapped.close();
        assertEquals(0, late.get(ValueLayout.JAVA_BYTE, 0));
        late.set(ValueLayout.JAVA_BYTE, 0, (byte) 9);
        assertEquals(1, Files.readAllBytes(path)[0]);
        assertTrue(isMapped(address, ""), "nothing else may come there");
        Reference.reachabilityFence(mapped);
        mapped = null;
        Conditions.await("the address is given back when nobody can reach it", () -> {
            System.gc();
            return !isMapped(address, "");
        });
    }

    @Test
    void whatNobodyHasTheAddressOfIsUnmappedAtOnce() throws IOException {
        Path path = directory.resolve("file");
        Files.write(path, new byte[4]);
        MappedFile mapped = SharedFile.open(path).map(4);
        long address = mapped.segment().address();
        assertTrue(isMapped(address, path.toString()));
        mapped.close();
        assertFalse(isMapped(address, path.toString()));
    }

    /** Whether something is mapped there, of that file if it has a name. */
    private static boolean isMapped(long address, String file) {
        try (var maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.filter(line -> line.endsWith(file)).anyMatch(line -> {
                String[] ends = line.substring(0, line.indexOf(' ')).split("-");
                return Long.compareUnsigned(Long.parseUnsignedLong(ends[0], 16), address) <= 0
                        && Long.compareUnsigned(address, Long.parseUnsignedLong(ends[1], 16)) < 0;
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
