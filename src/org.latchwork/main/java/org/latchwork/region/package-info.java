/**
 * The machinery of regions: a self-describing file of named objects that processes share, who is attached to it, and what happens when one of
 * them dies. {@code native-headers/latchwork.h} is the layout.
 */
package org.latchwork.region;
