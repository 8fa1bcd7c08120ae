package org.latchwork.jmh.publish;

/**
 * One figure, or why there is none.
 *
 * @param peer who
 * @param place the folder
 * @param size bytes of a file
 * @param processes how many at once
 * @param work what was done with each file
 * @param nanos the median over the rounds of the time that passes between two files, of all processes together; 0 where there is none
 * @param missing why there is no figure, or {@code null}
 */
public record PublishRow(Peer peer, String place, int size, int processes, Publishing.Work work, double nanos, String missing) {
    /** {@return files a second} */
    public double filesPerSecond() {
        return 1e9 / nanos;
    }

    /** {@return where, how large and how many at once} */
    public String setting() {
        return "%s, %,d bytes, %s".formatted(place, size, processes == 1 ? "1 process" : processes + " processes");
    }
}
