package org.latchwork.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * The classes that children load, parsed and linked, in an archive that their JVMs map (class data sharing): the tests start hundreds of JVMs, and each
 * spends most of its first half second in loading classes. An archive takes classes from jars only, so the classes are put into one. Both lie below {@code target},
 * and are made anew when a class or the JVM has changed.
 */
final class ChildArchive {
    private static final List<String> CLASS_PATH =
            Stream.of("latchwork.classes", "latchwork.test.classes").map(System::getProperty).toList();
    private static ChildArchive made;

    /** What a child's JVM needs beside the class path. */
    final List<String> options;
    final String classPath;

    private ChildArchive(List<String> options, String classPath) {
        this.options = options;
        this.classPath = classPath;
    }

    /**
     * {@return the archive for these options, which a child may change; the plain class path, where there can be none}
     *
     * @param base those with which every child starts
     */
    static synchronized ChildArchive get(List<String> base) {
        if (made == null) {
            try {
                made = CLASS_PATH.stream().allMatch(path -> path != null && Files.isDirectory(Path.of(path))) ? make(base) : plain();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return made;
    }

    private static ChildArchive plain() {
        return new ChildArchive(List.of(), String.join(File.pathSeparator, CLASS_PATH));
    }

    private static ChildArchive make(List<String> base) throws IOException {
        Map<String, Path> files = new LinkedHashMap<>();
        StringBuilder state = new StringBuilder(System.getProperty("java.home") + System.getProperty("java.vm.version"));
        for (String root : CLASS_PATH) {
            try (Stream<Path> all = Files.walk(Path.of(root))) {
                for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
                    String name = Path.of(root).relativize(file).toString();
                    if (!name.equals("module-info.class")) { // on the class path nobody reads it
                        files.putIfAbsent(name, file);
                        state.append(file).append(Files.size(file)).append(Files.getLastModifiedTime(file));
                    }
                }
            }
        }
        Path folder = Path.of(CLASS_PATH.getLast()).resolveSibling("children");
        Path jar = folder.resolve(Integer.toHexString(state.toString().hashCode()) + ".jar");
        Path archive = folder.resolve(jar.getFileName() + ".jsa");
        if (!Files.exists(archive)) {
            remove(folder); // those of former classes
            Path making = Files.createDirectories(folder.resolve("making"));
            publish(jar(files, making.resolve("jar")), jar);
            List<String> command = new ArrayList<>(List.of(Child.java()));
            command.addAll(base);
            command.addAll(List.of("-XX:ArchiveClassesAtExit=" + making.resolve("archive"), "-Xlog:disable", "-Xlog:all=error,cds*=off:stderr",
                    "-cp", jar.toString(), ChildRehearsal.class.getName(), making.toString()));
            int status = rehearse(command);
            if (status != 0 || !Files.exists(making.resolve("archive"))) {
                System.err.println("no archive of the children's classes: " + command + " ends with " + status);
                return plain();
            }
            publish(making.resolve("archive"), archive);
            remove(making);
        }
        // What the JVM has to say of the archive is not the child's output.
        return new ChildArchive(List.of("-XX:SharedArchiveFile=" + archive, "-Xlog:disable", "-Xlog:all=warning,cds*=off:stderr"), jar.toString());
    }

    private static int rehearse(List<String> command) throws IOException {
        try (Child child = Child.start(Map.of(), command)) {
            child.process().outputWriter().append('\n').flush();
            return child.exit();
        }
    }

    private static Path jar(Map<String, Path> files, Path jar) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
            zip.setLevel(1);
            for (Map.Entry<String, Path> file : files.entrySet()) {
                zip.putNextEntry(new ZipEntry(file.getKey()));
                Files.copy(file.getValue(), zip);
            }
        }
        return jar;
    }

    /** Under its name it is whole, and readable for those who run as somebody else. */
    private static void publish(Path file, Path target) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void remove(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
