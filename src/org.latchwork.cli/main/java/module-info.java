/** The commands {@code tst_checkpoint} and {@code latchwork}. */
module org.latchwork.cli {
    requires info.picocli;
    requires org.latchwork;

    opens org.latchwork.cli to info.picocli;
}
