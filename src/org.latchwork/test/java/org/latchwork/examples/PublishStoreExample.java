package org.latchwork.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.time.Duration;
import org.latchwork.file.Durability;
import org.latchwork.file.PublishOutcome;
import org.latchwork.publish.Awaited;
import org.latchwork.publish.PublishStore;
import org.latchwork.publish.Published;
import org.latchwork.publish.StoreKey;
import org.latchwork.wait.Deadline;

final class PublishStoreExample {
    private PublishStoreExample() {}

    static String tour(Path directory) throws IOException {
        // @start region=store
        try (PublishStore store = PublishStore.open(directory)) {
            Published hello = store.put("hello\n".getBytes(UTF_8), Durability.CONTENT);
            try (InputStream content = Channels.newInputStream(store.open(hello.key()))) {
                StoreKey name = StoreKey.named("greetings/hello");
                PublishOutcome outcome = store.publish(name, content, Durability.DURABLE);
                return hello.outcome() + " " + hello.key() + " " + outcome + " " + store.verify(hello.key());
            }
        }
        // @end
    }

    static String whenThere(PublishStore store) throws IOException, InterruptedException {
        // @start region=await
        StoreKey name = StoreKey.named("greetings/hello");
        Awaited hello = store.await(name, Deadline.after(Duration.ofSeconds(30))).throwIfInterrupted();
        if (hello.file().isEmpty()) {
            return "not yet: " + hello.outcome(); // TIMED_OUT, or CLOSED
        }
        try (InputStream content = Channels.newInputStream(store.open(name))) {
            return new String(content.readAllBytes(), UTF_8);
        }
        // @end
    }
}
