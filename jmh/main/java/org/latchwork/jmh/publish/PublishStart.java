package org.latchwork.jmh.publish;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.latchwork.jmh.CFloor;
import org.latchwork.jmh.Jvm;

/** Starts the processes of a peer. */
final class PublishStart {
    private PublishStart() {}

    /**
     * Starts one process.
     *
     * @param own the folder of all processes of this peer
     * @param warmUp files that what is Java publishes first
     * @param floor the compiled publish_floor.c, or {@code null} without a compiler
     * @param all where it is added
     * @return why it cannot be measured, or {@code null}
     */
    static String start(Peer peer, Path own, int size, int seed, int warmUp, CFloor floor, List<Publishing> all)
            throws IOException, InterruptedException {
        switch (peer) {
            case C -> {
                if (floor == null) {
                    return CFloor.NO_COMPILER;
                }
                all.add(new PublishingProcess(floor.command(own, size, seed)));
            }
            case GIT, GIT_STORED -> {
                if (!starts("git", "--version")) {
                    return "not measured: no git on the PATH";
                }
                all.add(new GitProcess(own, size, seed, peer == Peer.GIT ? "core.bare=true" : "core.looseCompression=0"));
            }
            case CACACHE -> {
                Path program = resource(own, "publish_cacache.js");
                if (!starts("node", "-e", "const p=require('path');try{require('cacache')}catch(e){require(p.join("
                        + "require('child_process').execSync('npm root -g').toString().trim(),'npm/node_modules/cacache'))}")) {
                    return "not measured: no node with npm, whose part cacache is, on the PATH";
                }
                all.add(new PublishingProcess(
                        new ProcessBuilder("node", program.toString(), own.resolve("cache").toString(), "" + size, "" + seed)));
            }
            default -> {
                ProcessBuilder java = Jvm.command(PublishProgram.class, peer.name(), own.toString(), "" + size, "" + seed, "" + warmUp);
                java.command().add(1, "-Dorg.latchwork.file.stage=" + (peer == Peer.PUT_NAMED ? "named" : "unnamed"));
                all.add(new PublishingProcess(java));
            }
        }
        return null;
    }

    private static boolean starts(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static Path resource(Path directory, String name) throws IOException {
        Path file = directory.resolveSibling(name);
        if (!Files.exists(file)) {
            try (InputStream resource = CFloor.class.getResourceAsStream("c/" + name)) {
                Files.copy(resource, file);
            }
        }
        return file;
    }
}
