package org.latchwork.cli;

import java.util.List;

/** One JSON object in one line, written field by field: numbers, truth values, objects and lists as such, all else as strings (RFC 8259). */
final class Json {
    private final StringBuilder text = new StringBuilder("{");

    Json put(String field, Object value) {
        text.append(text.length() == 1 ? "" : ",").append('"').append(field).append("\":");
        value(value);
        return this;
    }

    private void value(Object value) {
        if (value instanceof Number || value instanceof Boolean || value instanceof Json) {
            text.append(value);
        } else if (value instanceof List<?> list) {
            text.append('[');
            for (int i = 0; i < list.size(); i++) {
                text.append(i == 0 ? "" : ",");
                value(list.get(i));
            }
            text.append(']');
        } else {
            string(value.toString());
        }
    }

    private void string(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c < 0x20 || Character.isSurrogate(c) || c == 0x7f) {
                text.append("\\u%04x".formatted((int) c)); // halves of a pair as such: whoever reads joins them
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }

    @Override
    public String toString() {
        return text + "}";
    }
}
