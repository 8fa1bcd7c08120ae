package org.latchwork.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Collectors;
import org.latchwork.lock.RegionReport;
import org.latchwork.lock.SyncRegion;

/** What {@code latchwork inspect} and {@code latchwork watch} do. Each action answers with an {@link ExitStatus}; unless it is {@code DONE}, stderr says why. */
record InspectActions(PrintStream out, PrintStream err) {
    private static final String CLEAR_SCREEN = "\u001b[H\u001b[2J";
    private static final String PARTICIPANT = "%-5s %-11s %-9s %-5s %s%n";
    private static final String OBJECT = "%-32s %-18s %-14s %-24s %s%n";

    int inspect(Path file, boolean json) {
        RegionReport report;
        try {
            report = SyncRegion.inspect(file);
        } catch (RuntimeException e) {
            err.println(CheckpointActions.printable("latchwork inspect: " + (e.getMessage() != null ? e.getMessage() : e.toString())));
            return ExitStatus.BROKEN;
        }
        if (json) {
            out.println(json(report));
        } else {
            print(report);
        }
        if (out.checkError()) {
            err.println("latchwork inspect: standard output cannot be written to");
            return ExitStatus.BROKEN;
        }
        return ExitStatus.DONE;
    }

    int watch(Path file, Duration interval, long count) {
        for (long look = 0; look < count; look++) {
            if (System.console() != null && System.console().isTerminal()) {
                out.print(CLEAR_SCREEN);
            }
            int status = inspect(file, false);
            if (status != ExitStatus.DONE) {
                return status;
            }
            if (look + 1 < count) {
                out.println();
                try {
                    Thread.sleep(interval);
                } catch (InterruptedException e) {
                    return ExitStatus.DONE;
                }
            }
        }
        return ExitStatus.DONE;
    }

    private void print(RegionReport report) {
        out.println(CheckpointActions.printable(report.path() + ": " + report.size() + " bytes, made " + seconds(report.created()) + "; "
                + report.participants().size() + " of " + report.participantCapacity() + " participants, " + report.objects().size() + " of "
                + report.objectCapacity() + " objects, " + report.dataSize() + " bytes of data"));
        out.printf(PARTICIPANT, "SLOT", "STATE", "PID", "KIND", "SINCE");
        for (RegionReport.Participant participant : report.participants()) {
            String state = participant.state().toString().toLowerCase()
                    + (participant.recoverer() >= 0 && participant.state() == RegionReport.State.RECOVERING ? " by " + participant.recoverer() : "");
            out.printf(PARTICIPANT, participant.slot(), state, participant.pid() + (participant.foreignNamespace() ? " (elsewhere)" : ""),
                    participant.java() ? "Java" : "C", seconds(participant.attached()));
        }
        out.printf(OBJECT, "NAME", "TYPE", "STATE", "HOLDER", "WAITERS");
        for (RegionReport.Entry entry : report.objects()) {
            out.printf(OBJECT, CheckpointActions.printable(entry.name()), entry.type(), entry.state(), holder(entry), waiters(entry));
        }
        for (List<RegionReport.Waiter> cycle : report.cycles()) {
            out.println(CheckpointActions.printable("CYCLE: " + cycle.stream()
                    .map(waiter -> "process " + waiter.pid() + " thread " + waiter.thread() + " waits for \"" + waiter.object() + "\"")
                    .collect(Collectors.joining(", held by "))));
        }
    }

    private static Instant seconds(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS);
    }

    private static String holder(RegionReport.Entry entry) {
        if (!entry.counts().isEmpty()) {
            return entry.counts().stream().map(count -> count.pid() + ": " + count.count()).collect(Collectors.joining(", "));
        }
        return entry.holder() == null ? "-" : entry.holder().pid() + "/" + entry.holder().thread() + (entry.holder().gone() ? " (gone)" : "");
    }

    private static String waiters(RegionReport.Entry entry) {
        if (entry.waiters().isEmpty()) {
            return "-";
        }
        return entry.waiters().stream().map(waiter -> waiter.pid() + "/" + waiter.thread()).collect(Collectors.joining(", "))
                + (entry.contended() == null || entry.contended().equals(Instant.EPOCH) ? "" : ", since " + seconds(entry.contended()));
    }

    private static Json json(RegionReport report) {
        return new Json().put("file", report.path()).put("size", report.size()).put("created", report.created())
                .put("participantCapacity", report.participantCapacity()).put("objectCapacity", report.objectCapacity())
                .put("dataSize", report.dataSize())
                .put("participants", report.participants().stream().map(participant -> new Json().put("slot", participant.slot())
                        .put("state", participant.state()).put("pid", participant.pid()).put("foreignNamespace", participant.foreignNamespace())
                        .put("attached", participant.attached()).put("java", participant.java())
                        .put("recoverer", participant.recoverer())).toList())
                .put("objects", report.objects().stream().map(InspectActions::json).toList())
                .put("cycles", report.cycles().stream().map(cycle -> cycle.stream().map(InspectActions::json).toList()).toList());
    }

    private static Json json(RegionReport.Entry entry) {
        Json json = new Json().put("name", entry.name()).put("type", entry.type()).put("state", entry.state());
        if (entry.holder() != null) {
            json.put("holder", new Json().put("slot", entry.holder().slot()).put("pid", entry.holder().pid())
                    .put("thread", entry.holder().thread()).put("gone", entry.holder().gone()));
        }
        if (entry.previous() != null) {
            json.put("previousOwner", new Json().put("pid", entry.previous().pid()).put("thread", entry.previous().thread()));
        }
        if (entry.contended() != null) {
            json.put("contended", entry.contended());
        }
        return json.put("waiters", entry.waiters().stream().map(InspectActions::json).toList())
                .put("counts", entry.counts().stream().map(count -> new Json().put("pid", count.pid()).put("count", count.count())).toList());
    }

    private static Json json(RegionReport.Waiter waiter) {
        return new Json().put("pid", waiter.pid()).put("thread", waiter.thread()).put("object", waiter.object()).put("since", waiter.since());
    }
}
