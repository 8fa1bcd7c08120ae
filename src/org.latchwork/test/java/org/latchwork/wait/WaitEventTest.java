package org.latchwork.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexArray;
import org.latchwork.futex.FutexWait;
import org.latchwork.testing.Child;
import org.latchwork.testing.Conditions;
import org.latchwork.testing.FutexQueue;
import org.latchwork.testing.Running;
import org.latchwork.testing.ThreadKind;

/** Waits that block, in Java Flight Recorder; only when it is asked for them, and no others. */
@EngineTest
class WaitEventTest {
    private static final String NAME = "org.latchwork.FutexWait";

    private final FutexArray array = FutexArray.memfd("events", 2, FutexArray.Spacing.PACKED);
    private final FutexArray second = FutexArray.memfd("events", 2, FutexArray.Spacing.PACKED);

    @TempDir
    Path directory;

    @AfterEach
    void close() {
        array.close();
        second.close();
    }

    private List<RecordedEvent> recorded(boolean enabled, Runnable waits) throws IOException {
        Path file = directory.resolve("waits.jfr");
        try (Recording recording = new Recording()) {
            if (enabled) {
                recording.enable(NAME);
            }
            recording.start();
            waits.run();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream().filter(event -> event.getEventType().getName().equals(NAME))
                .sorted(Comparator.comparing(RecordedEvent::getStartTime)).toList();
    }

    private void blockAndWake(ThreadKind kind, WaitPolicy policy) {
        Running<WaitOutcome> waiter = kind.start(() -> array.await(1, 0, Deadline.NEVER, policy));
        FutexQueue.awaitLength(1, array, 1);
        array.wake(1, 1);
        assertEquals(WaitOutcome.WOKEN, waiter.result());
    }

    @ParameterizedTest
    @EnumSource
    void aWaitThatBlocksIsOneEvent(ThreadKind kind) throws IOException {
        List<RecordedEvent> events = recorded(true, () -> blockAndWake(kind, WaitPolicy.block()));
        assertEquals(1, events.size());
        RecordedEvent event = events.getFirst();
        assertEquals(array.word(1).address(), event.getLong("word"));
        assertEquals("woken", event.getString("outcome"));
        assertEquals(0, event.getLong("spins"));
        assertEquals(kind == ThreadKind.PLATFORM ? "own call" : Futex.waitEngine().toString(), event.getString("engine"));
        assertTrue(event.getDuration().compareTo(Duration.ZERO) > 0 && event.getDuration().compareTo(Conditions.HANG) < 0);
    }

    @ParameterizedTest
    @EnumSource
    void itTellsHowOftenItLookedBefore(ThreadKind kind) throws IOException {
        // One spinner at least may always spin, where there is more than one CPU.
        List<RecordedEvent> events = recorded(true, () -> blockAndWake(kind, WaitPolicy.spinThenBlock(Duration.ofMillis(1))));
        assertEquals(1, events.size());
        assertEquals(Runtime.getRuntime().availableProcessors() > 1, events.getFirst().getLong("spins") > 0);
    }

    @ParameterizedTest
    @EnumSource
    void theOutcomesAreTold(ThreadKind kind) throws IOException {
        List<RecordedEvent> events = recorded(true, () -> {
            kind.start(() -> array.await(0, 0, Deadline.after(200, TimeUnit.MILLISECONDS), WaitPolicy.block())).result();
            Running<WaitOutcome> interrupted = kind.start(() -> array.await(0, 0, Deadline.NEVER, WaitPolicy.block()));
            FutexQueue.awaitLength(1, array, 0);
            interrupted.thread().interrupt();
            interrupted.result();
            Running<WaitOutcome> closed = kind.start(() ->
                    Futex.awaitAny(new FutexWait(array, 0, 0), new FutexWait(array, 1, 0)).outcome());
            FutexQueue.awaitLength(1, array, 0);
            FutexQueue.awaitLength(1, array, 1);
            array.close();
            assertEquals(WaitOutcome.CLOSED, closed.result());
        });
        assertEquals(List.of("timed out", "interrupted", "closed"), events.stream().map(event -> event.getString("outcome")).toList());
    }

    /** The value differs, the deadline has passed, the thread is interrupted, the change comes while it spins: nothing has blocked. */
    @ParameterizedTest
    @EnumSource
    void aWaitThatDoesNotBlockIsNone(ThreadKind kind) throws IOException {
        List<RecordedEvent> events = recorded(true, () -> kind.start(() -> {
            for (WaitPolicy policy : new WaitPolicy[] {WaitPolicy.block(), WaitPolicy.adaptive(), WaitPolicy.spin()}) {
                assertEquals(WaitOutcome.VALUE_DIFFERS, array.await(0, 1, Deadline.NEVER, policy));
                assertEquals(WaitOutcome.TIMED_OUT, array.await(0, 0, Deadline.after(Duration.ZERO), policy));
                Thread.currentThread().interrupt();
                assertEquals(WaitOutcome.INTERRUPTED, array.await(0, 0, Deadline.NEVER, policy));
                Thread.interrupted();
            }
            assertEquals(WaitOutcome.VALUE_DIFFERS, Futex.awaitAny(new FutexWait(array, 0, 0), new FutexWait(second, 0, 1)).outcome());
            assertEquals(WaitOutcome.TIMED_OUT, Futex.awaitAny(Deadline.after(Duration.ZERO), new FutexWait(array, 0, 0)).outcome());
            return null;
        }).result());
        assertEquals(List.of(), events);
    }

    @Test
    void whoDoesNotAskForThemGetsNone() throws IOException {
        assertEquals(List.of(), recorded(false, () -> {
            blockAndWake(ThreadKind.PLATFORM, WaitPolicy.block());
            blockAndWake(ThreadKind.VIRTUAL, WaitPolicy.block());
        }));
    }

    /** Flight Recorder takes a tenth of a second and more to start up, which the first wait of every process would pay. */
    @Test
    void aProcessThatRecordsNothingStartsNoRecorder() throws IOException {
        List<String> loaded = new ArrayList<>();
        try (Child child = Child.start(Map.of(), Child.jvmCommand(List.of("-Xlog:class+load"), WaitOnce.class))) {
            child.process().inputReader().lines().forEach(loaded::add);
            assertEquals(0, child.exit());
        }
        assertTrue(loaded.stream().anyMatch(line -> line.contains("org.latchwork.wait.engine.PlatformWaiter ")), "it has blocked");
        assertEquals(List.of(), loaded.stream().filter(line -> line.contains("jdk.jfr.internal.MetadataRepository ")).toList());
    }

    /** Waits once, in a thread of its own call. */
    static final class WaitOnce {
        private WaitOnce() {}

        public static void main(String[] arguments) {
            try (FutexArray array = FutexArray.memfd("once", 1, FutexArray.Spacing.PACKED)) {
                array.await(0, 0, Deadline.after(Duration.ofMillis(1)), WaitPolicy.block());
            }
        }
    }
}
