package org.latchwork.jmh.publish;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.latchwork.jmh.ratio.Ratio;
import org.latchwork.jmh.ratio.RatioTable;

/** What the store is held to, round by round: close to C, ahead of each peer, and twice as fast as JGit where something is looked for. */
final class PublishGoals {
    private static final double CLOSE = 1.2;
    private static final double AHEAD = 1;
    private static final double TWICE_AS_FAST = 0.5;

    private final RatioTable.Builder table;

    PublishGoals(PrintStream progress) {
        table = new RatioTable.Builder("Publishing against C and against others",
                "The time that passes between two files; each round measures all, one after the other", progress);
    }

    private record Goal(Peer measured, Peer reference, Publishing.Work work, Double ratio) {}

    private static final List<Goal> GOALS = List.of(
            new Goal(Peer.PUBLISH, Peer.C, Publishing.Work.NEW, CLOSE),
            new Goal(Peer.PUBLISH, Peer.C, Publishing.Work.AGAIN, CLOSE),
            new Goal(Peer.PUBLISH, Peer.C, Publishing.Work.FIND, null),
            new Goal(Peer.PUT, Peer.FLOCK, Publishing.Work.NEW, AHEAD),
            new Goal(Peer.PUT, Peer.FLOCK, Publishing.Work.AGAIN, AHEAD),
            new Goal(Peer.PUT, Peer.FLOCK, Publishing.Work.FIND, AHEAD),
            new Goal(Peer.PUT, Peer.JGIT_STORED, Publishing.Work.NEW, AHEAD),
            new Goal(Peer.PUT, Peer.JGIT_STORED, Publishing.Work.AGAIN, AHEAD),
            new Goal(Peer.PUT, Peer.JGIT, Publishing.Work.FIND, TWICE_AS_FAST),
            new Goal(Peer.PUT, Peer.GIT_STORED, Publishing.Work.NEW, AHEAD),
            new Goal(Peer.PUT, Peer.GIT_STORED, Publishing.Work.AGAIN, AHEAD),
            new Goal(Peer.PUT, Peer.CACACHE, Publishing.Work.NEW, AHEAD),
            new Goal(Peer.PUT, Peer.CACACHE, Publishing.Work.AGAIN, AHEAD));

    /**
     * Enters what one setting gives.
     *
     * @param nanos of each peer that was measured, by work and round
     */
    void add(String setting, Map<Peer, double[][]> nanos) {
        for (Goal goal : GOALS) {
            double[][] measured = nanos.get(goal.measured);
            double[][] reference = nanos.get(goal.reference);
            if (measured != null && reference != null) {
                int work = goal.work.ordinal();
                table.add(Ratio.of(setting + ": " + goal.work.word(), goal.ratio, goal.measured.label(), measured[work],
                        goal.reference.label(), reference[work]));
            }
        }
    }

    RatioTable table() {
        return table.build();
    }
}
