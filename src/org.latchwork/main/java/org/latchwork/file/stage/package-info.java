/**
 * What publishing is made of: a directory held by its descriptor ({@link org.latchwork.file.stage.Folder}), a private file
 * ({@link org.latchwork.file.stage.Stage}), and private names whose owner a held lock proves
 * ({@link org.latchwork.file.stage.Staging}).
 *
 * <p>{@code org.latchwork.file} and {@code org.latchwork.publish} are its public faces.
 */
package org.latchwork.file.stage;
