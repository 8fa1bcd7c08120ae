package org.latchwork.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.latchwork.cli.Command.Result;

/** Which Java the launchers take, and from where they can be started. A fake java says its name and arguments. */
class LauncherIT {
    @TempDir
    Path directory;

    private Path folder;
    private Path jvms;

    @BeforeEach
    void copyWithAnotherFolderOfJdks() throws IOException {
        folder = Command.copyTo(directory.resolve("a copy"));
        jvms = Files.createDirectory(directory.resolve("jvms"));
        for (String name : new String[] {"latchwork", "tst_checkpoint"}) {
            Path launcher = folder.resolve("bin").resolve(name);
            String text = Files.readString(launcher);
            assertTrue(text.contains("/usr/lib/jvm/*"), "the folder of JDKs is replaced for the test");
            Files.writeString(launcher, text.replace("/usr/lib/jvm/*", "'" + jvms + "'/*"));
        }
    }

    private Command command() {
        return Command.in(folder).with("JAVA_HOME", null).with("LATCHWORK_CACHE", "off");
    }

    private static Path jdk(Path home, String release) throws IOException {
        Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\necho \"fake:$0\" \"$@\"\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(home.resolve("release"), release);
        return home;
    }

    private static String version(String version) {
        return "IMPLEMENTOR=\"Somebody = us\"\nJAVA_RUNTIME_VERSION=\"" + version + "+1\"\nJAVA_VERSION=\"" + version + "\"\nMODULES=\"java.base\"\n";
    }

    private void assertTakes(Path home, Command command) throws IOException {
        Result result = command.tstCheckpoint("wait", "1", "2 3");
        assertEquals(0, result.status(), result.toString());
        assertTrue(result.out().startsWith("fake:"), result.out());
        Path java = Path.of(result.out().substring("fake:".length(), result.out().indexOf("/bin/java ")));
        assertTrue(Files.isSameFile(home, java), result.out());
        assertTrue(result.out().endsWith(" org.latchwork.cli.TstCheckpoint wait 1 2 3\n"), result.out());
    }

    @Test
    void javaHomeComesFirst() throws IOException {
        Path home = jdk(directory.resolve("my jdk"), version("22"));
        jdk(jvms.resolve("newer"), version("25"));
        assertTakes(home, command().with("JAVA_HOME", home));
    }

    @Test
    void anUnsuitableJavaHomeGivesWayToThePath() throws IOException {
        Path old = jdk(directory.resolve("old"), version("21.0.9"));
        Path onPath = jdk(directory.resolve("on path"), version("23"));
        jdk(jvms.resolve("newer"), version("25"));
        assertTakes(onPath, command().with("JAVA_HOME", old).with("PATH", onPath.resolve("bin") + ":/usr/bin:/bin"));
        assertTakes(onPath, command().with("JAVA_HOME", directory.resolve("none")).with("PATH", onPath.resolve("bin") + ":/usr/bin:/bin"));
    }

    @Test
    void linksOnThePathAreFollowed() throws IOException {
        Path bin = Files.createDirectory(directory.resolve("bin"));
        Path alternative = bin.resolve("java-alternative");
        Files.createSymbolicLink(bin.resolve("java"), alternative);
        Path installed = jdk(jvms.resolve("jdk-22"), version("22.0.2"));
        jdk(jvms.resolve("jdk-25"), version("25"));
        Files.createSymbolicLink(alternative, installed.resolve("bin/java"));
        assertTakes(installed, command().with("PATH", bin + ":/usr/bin:/bin"));
        Path elsewhere = jdk(directory.resolve("elsewhere"), version("24"));
        Files.delete(alternative);
        Files.createSymbolicLink(alternative, elsewhere.resolve("bin/java"));
        assertTakes(elsewhere, command().with("PATH", bin + ":/usr/bin:/bin"));
    }

    @Test
    void elseTheNewestInstalledOne() throws IOException {
        jdk(jvms.resolve("a-9"), version("9.0.4"));
        jdk(jvms.resolve("b-22"), version("22.0.2"));
        Path newest = jdk(jvms.resolve("c-100"), version("100-ea"));
        jdk(jvms.resolve("d-25"), version("25.0.3"));
        Files.createDirectory(jvms.resolve("e-empty"));
        Path old = jdk(directory.resolve("old"), version("17"));
        assertTakes(newest, command().with("PATH", old.resolve("bin") + ":/usr/bin:/bin"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"JAVA_VERSION=\"21.0.1\"\n", "JAVA_VERSION=\"1.8.0_392\"\n", "JAVA_VERSION=\"\"\n", "JAVA_VERSION=\"x\"\n", "IMAGE=\"25\"\n", ""})
    void withoutASuitableOneItSaysWhatIsMissing(String release) throws IOException {
        Path unsuitable = jdk(jvms.resolve("jdk"), release);
        command().with("JAVA_HOME", unsuitable).with("PATH", unsuitable.resolve("bin") + ":/usr/bin:/bin").tstCheckpoint("init")
                .is(2, "", "tst_checkpoint: it needs Java 22 or later, and found none by JAVA_HOME (" + unsuitable + "), on the PATH or below "
                        + "/usr/lib/jvm; install one, such as Temurin 25, or set JAVA_HOME to it\n");
    }

    @Test
    void fromAnywhereByAnyName() throws IOException {
        Path home = jdk(directory.resolve("jdk"), version("25"));
        Command command = command().with("JAVA_HOME", home);
        String lib = folder + "/bin/../lib/org.latchwork.cli.jar:";
        assertTrue(command.tstCheckpoint("init").out().contains("-cp " + lib), "the folder has a space in its name");
        Path link = Files.createSymbolicLink(directory.resolve("another name"), folder.resolve("bin/tst_checkpoint"));
        Path second = Files.createSymbolicLink(directory.resolve("second"), link);
        Result linked = command.program(second.toString(), "init");
        assertTrue(linked.out().contains("-cp " + lib) && linked.out().endsWith("TstCheckpoint init\n"), linked.toString());
        Path linkedFolder = Files.createSymbolicLink(directory.resolve("linked"), folder);
        assertTrue(command.program(linkedFolder + "/bin/latchwork", "x").out().endsWith("Latchwork x\n"));
        for (String script : new String[] {"cd \"$0/bin\"; ./tst_checkpoint init", "cd \"$0\"; bin/tst_checkpoint init",
            "cd \"$0/bin\"; sh tst_checkpoint init", "PATH=$0/bin:$PATH; tst_checkpoint init", "bash \"$0/bin/tst_checkpoint\" init"}) {
            Result result = command.program("sh", "-c", script, folder.toString());
            assertEquals(0, result.status(), script + ": " + result);
            assertTrue(result.out().endsWith("TstCheckpoint init\n"), script + ": " + result);
        }
    }

    @Test
    void aCopyRunsForReal() throws IOException {
        Path file = directory.resolve("some file");
        Command command = command().with("JAVA_HOME", System.getProperty("java.home")).with("LTP_IPC_PATH", file);
        command.tstCheckpoint("init").is(0, file + "\n", "");
        command.program(Files.createSymbolicLink(directory.resolve("link"), folder.resolve("bin/tst_checkpoint")).toString(), "wake", "0", "0", "0")
                .is(0, "", "");
    }

    @Test
    void aColonInTheFoldersNameIsRefused() throws IOException {
        Path home = jdk(directory.resolve("jdk"), version("25"));
        Path colon = Files.move(folder, directory.resolve("a:b"));
        Command.in(colon).with("JAVA_HOME", home).tstCheckpoint("init").is(2, "",
                "tst_checkpoint: it cannot run from a folder with a colon in its name, which Java takes for a separator: " + colon + "/bin\n");
    }

    @ParameterizedTest
    @CsvSource({"22.0.2, jsa", "24, jsa", "25, aot", "26-ea, aot"})
    void theCacheIsNamedAfterJarsAndJdk(String version, String kind) throws IOException {
        Path home = jdk(directory.resolve("jdk"), version(version));
        String identity = Files.readString(folder.resolve("lib/identity")).strip();
        String out = command().with("JAVA_HOME", home).with("LATCHWORK_CACHE", "/c d").tstCheckpoint("init").out();
        assertTrue(out.contains("-Dlatchwork.cache.wanted=/c d/" + (folder + "/bin/../lib").replace('/', ',') + "/" + home.toString().replace('/', ',')
                + "/tst_checkpoint-" + identity + "-" + version + "+1." + kind + " "), out);
    }

    @Test
    void whereTheCacheIs() throws IOException {
        Path home = jdk(directory.resolve("jdk"), version("25"));
        Command command = command().with("JAVA_HOME", home);
        assertFalse(command.tstCheckpoint("init").out().contains("latchwork.cache"), "off");
        command.with("LATCHWORK_CACHE", null).with("HOME", "/h");
        assertTrue(command.tstCheckpoint("init").out().contains("cache.wanted=/h/.cache/latchwork/,"));
        command.with("XDG_CACHE_HOME", "/x");
        assertTrue(command.tstCheckpoint("init").out().contains("cache.wanted=/x/latchwork/,"));
        command.with("XDG_CACHE_HOME", "relative");
        assertTrue(command.tstCheckpoint("init").out().contains("cache.wanted=/h/.cache/latchwork/,"));
        command.with("XDG_CACHE_HOME", null).with("HOME", null);
        assertFalse(command.tstCheckpoint("init").out().contains("latchwork.cache"), "no HOME");
        command.with("HOME", "/h").with("JAVA_TOOL_OPTIONS", "-Xint");
        assertFalse(command.tstCheckpoint("init").out().contains("latchwork.cache"), "options from outside");
        command.with("LATCHWORK_CACHE", "on").tstCheckpoint("init")
                .is(2, "", "tst_checkpoint: LATCHWORK_CACHE takes 'off' or a folder that begins with '/', not 'on'\n");
    }
}
