package org.latchwork.jmh;

import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.latchwork.futex.Futex;
import org.latchwork.wait.WaitEngine;

/** Whether an engine works here: a JVM that is forced to use it says. */
public final class EngineProbe {
    private static final String WORKS = "works";
    private static final Map<WaitEngine, String> ANSWERS = new EnumMap<>(WaitEngine.class);

    private EngineProbe() {}

    /** {@return why what needs this engine is left out, or {@code null}} */
    public static synchronized String reasonToLeaveOut(WaitEngine engine) throws IOException {
        String answer = ANSWERS.get(engine);
        if (answer == null) {
            Process probe = Jvm.command(List.of("-D" + WaitEngine.PROPERTY + "=" + engine), EngineProbe.class).start();
            answer = new String(probe.getInputStream().readAllBytes()).strip();
            ANSWERS.put(engine, answer);
        }
        return answer.equals(WORKS) ? null : "left out: " + answer;
    }

    /** Prints whether it works, or why it does not. */
    public static void main(String[] args) {
        String answer;
        try {
            answer = Futex.waitEngine() == WaitEngine.forced() ? WORKS : "another engine was chosen";
        } catch (IllegalStateException refusal) {
            answer = refusal.getMessage();
        }
        System.out.println(answer);
    }
}
