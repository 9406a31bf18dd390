// SPDX-License-Identifier: GPL-2.0-or-later
// The one error class that stands for "the user's input or usage is at fault".

/** A fault of the input or of usage: one clear line for stderr, exit code 2, no stack trace. */
export class InputError extends Error {
  override name = 'InputError';
}
