package org.latchwork.jmh.publish;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.Deflater;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.latchwork.file.Durability;
import org.latchwork.file.PublishOutcome;
import org.latchwork.publish.PublishStore;
import org.latchwork.publish.StoreKey;

/** The peers that are Java: {@code PublishProgram PEER DIRECTORY SIZE SEED FILES}, of which the last is how many it publishes elsewhere first, and lines as for publish_floor.c. */
final class PublishProgram {
    private static final int WARM_UP_SIZE = 1024;

    private PublishProgram() {}

    /** A store that is measured: what it does with the number-th content. */
    private interface Store {
        void publish(int number, byte[] content) throws IOException;

        void find(int number) throws IOException;
    }

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[1]);
        int seed = Integer.parseInt(arguments[3]);
        byte[] content = new byte[Integer.parseInt(arguments[2])];
        new Random(seed).nextBytes(content);
        Peer peer = Peer.valueOf(arguments[0]);
        warmUp(peer, directory, seed, Integer.parseInt(arguments[4]));
        Store store = store(peer, directory, seed);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        int first = 0;
        int next = 0;
        for (String line; (line = in.readLine()) != null; ) {
            String[] words = line.split(" ");
            int count = Integer.parseInt(words[1]);
            if (words[0].equals("new")) {
                first = next;
                next += count;
            }
            for (int number = first; number < first + count; number++) {
                if (words[0].equals("find")) {
                    store.find(number);
                } else {
                    ByteBuffer.wrap(content).putInt(seed).putInt(number);
                    store.publish(number, content);
                }
            }
            System.out.println("done");
        }
    }

    /** The code, not the file system: in a store of its own, which goes again. */
    private static void warmUp(Peer peer, Path directory, int seed, int files) throws Exception {
        Path own = Files.createTempDirectory(directory.getParent(), "warm-up-");
        Store store = store(peer, own, seed);
        byte[] content = new byte[WARM_UP_SIZE];
        for (int number = 0; number < files; number++) {
            ByteBuffer.wrap(content).putInt(seed).putInt(number);
            store.publish(number, content);
            store.publish(number, content);
            if (peer.reasonToLeaveOut(Publishing.Work.FIND) == null) {
                store.find(number);
            }
        }
        PublishBenchmark.delete(own);
    }

    private static Store store(Peer peer, Path directory, int seed) throws Exception {
        return switch (peer) {
            case PUBLISH -> byName(PublishStore.open(directory), seed);
            case PUT, PUT_NAMED -> byContent(PublishStore.open(directory));
            case FLOCK -> new FileLockStore(directory);
            case JGIT, JGIT_STORED -> new JGitStore(directory, peer == Peer.JGIT_STORED);
            case SHA256 -> hash("SHA-256");
            case SHA1 -> hash("SHA-1");
            case DEFLATE -> deflate();
            default -> throw new IllegalArgumentException(peer + " is no Java");
        };
    }

    private static Store byName(PublishStore store, int seed) {
        return new Store() {
            private StoreKey key(int number) {
                HexFormat hex = HexFormat.of();
                return StoreKey.named(hex.toHexDigits((byte) number) + "/" + seed + "-" + hex.toHexDigits(number));
            }

            @Override
            public void publish(int number, byte[] content) {
                if (store.publish(key(number), content, Durability.NONE) == PublishOutcome.COLLISION) {
                    throw new IllegalStateException("another content");
                }
            }

            @Override
            public void find(int number) {
                store.find(key(number)).orElseThrow();
            }
        };
    }

    private static Store byContent(PublishStore store) {
        return new Store() {
            private final StoreKey[] keys = new StoreKey[1 << 20];

            @Override
            public void publish(int number, byte[] content) {
                keys[number] = store.put(content, Durability.NONE).key();
            }

            @Override
            public void find(int number) {
                store.find(keys[number]).orElseThrow();
            }
        };
    }

    /** What is in others' figures, by itself. */
    private interface Part extends Store {
        @Override
        default void find(int number) {
            throw new IllegalStateException("there is no file");
        }
    }

    private static Part hash(String algorithm) throws GeneralSecurityException {
        MessageDigest digest = MessageDigest.getInstance(algorithm);
        return (number, content) -> digest.digest(content);
    }

    private static Part deflate() {
        Deflater deflater = new Deflater();
        byte[] compressed = new byte[1 << 16];
        return (number, content) -> {
            deflater.reset();
            deflater.setInput(content);
            deflater.finish();
            while (!deflater.finished()) {
                deflater.deflate(compressed);
            }
        };
    }

    /** What one would write: a lock on a file, and under it a look, a private file and a rename. */
    private static final class FileLockStore implements Store {
        private final Path directory;
        private final FileChannel lock;
        private final Path[] files = new Path[1 << 20];
        private final MessageDigest digest;

        FileLockStore(Path directory) throws IOException, GeneralSecurityException {
            this.directory = directory;
            this.lock = FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            this.digest = MessageDigest.getInstance("SHA-256");
            for (int i = 0; i < 256; i++) {
                Files.createDirectories(directory.resolve(HexFormat.of().toHexDigits((byte) i)));
            }
        }

        @Override
        public void publish(int number, byte[] content) throws IOException {
            String hash = HexFormat.of().formatHex(digest.digest(content));
            Path file = directory.resolve(hash.substring(0, 2)).resolve(hash.substring(2));
            files[number] = file;
            try (var held = lock.lock()) {
                if (held.isValid() && !Files.exists(file)) {
                    Path staged = directory.resolve("staged");
                    Files.write(staged, content);
                    Files.move(staged, file, StandardCopyOption.ATOMIC_MOVE);
                }
            }
        }

        @Override
        public void find(int number) throws IOException {
            Files.size(files[number]);
        }
    }

    private static final class JGitStore implements Store {
        private final Repository repository;
        private final ObjectId[] ids = new ObjectId[1 << 20];

        JGitStore(Path directory, boolean stored) throws IOException {
            repository = FileRepositoryBuilder.create(directory.resolve("jgit").toFile());
            if (!Files.exists(directory.resolve("jgit"))) {
                try {
                    repository.create(true);
                } catch (IllegalStateException e) {
                    // another process was first
                }
            }
            if (stored) {
                repository.getConfig().setInt("core", null, "compression", 0);
            }
        }

        @Override
        public void publish(int number, byte[] content) throws IOException {
            try (ObjectInserter inserter = repository.newObjectInserter()) {
                ids[number] = inserter.insert(Constants.OBJ_BLOB, content);
                inserter.flush();
            }
        }

        @Override
        public void find(int number) throws IOException {
            // Not has(), which remembers ids and asks nobody: ours tells the size, too, of what is on disk.
            repository.open(ids[number]).getSize();
        }
    }
}
