package org.latchwork.jmh.wake;

import org.latchwork.jmh.Os;

/** The thread that is woken, pinned or on a carrier that is. It records every wake. */
record Waiter(Plan plan, Control control, Waking waking) implements Runnable {
    @Override
    public void run() {
        Cost cost = plan.mechanism().isVirtual() ? Cost.ofProcess() : Cost.ofThread();
        control.introduce(ProcessHandle.current().pid(), Os.threadId(), waking.sleepsIn());
        int number = 0;
        while ((number = control.awaitOther(Control.GO, number)) != Control.STOP) {
            once(number, cost);
        }
    }

    private void once(int number, Cost cost) {
        boolean measuring = control.measuring();
        control.signal(Control.READY, number);
        cost.readSwitches();
        long voluntary = cost.voluntarySwitches();
        long involuntary = cost.involuntarySwitches();
        long from = System.nanoTime();
        long before = cost.cpuNanos();
        long cpu = cost.cpuNanos();
        waking.await(number);
        long woken = System.nanoTime();
        cpu = cost.cpuNanos() - cpu - (cpu - before);
        cost.readSwitches();
        if (measuring) {
            control.record(woken - control.stamp(), cpu, woken - from,
                    cost.voluntarySwitches() - voluntary, cost.involuntarySwitches() - involuntary);
        }
        waking.settle(number);
        control.signal(Control.DONE, number);
    }
}
