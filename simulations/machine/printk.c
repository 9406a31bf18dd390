// SPDX-License-Identifier: GPL-2.0-only
/* printk and BUG/WARN: formatted here, judged by the host (text that begins "BUG:" is a finding). */
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/bug.h>
#include <asm/page.h>
#include "sim.h"

struct out {
	char *at, *end;
};

static void put_char(struct out *o, char c)
{
	if (o->at < o->end)
		*o->at++ = c;
}

static void put_text(struct out *o, const char *s, int precision)
{
	if (!s || (unsigned long)s < PAGE_SIZE)
		s = "(null)";
	while (*s && precision--)
		put_char(o, *s++);
}

static void put_number(struct out *o, unsigned long v, unsigned int base, int negative, int width, int zero)
{
	char digits[24];
	int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	if (negative)
		digits[n++] = '-';
	for (; width > n; width--)
		put_char(o, zero ? '0' : ' ');
	while (n)
		put_char(o, digits[--n]);
}

/* The common part of printf: flags, width, precision, h l z modifiers, d i u x X o p s c %. Pointer extensions print the pointer. */
static int format_text(char *text, unsigned long size, const char *f, __builtin_va_list args)
{
	struct out o = { text, text + size - 1 };

	for (; *f; f++) {
		int longs = 0, zero = 0, width = 0, precision = -1;
		long value;

		if (*f != '%') {
			put_char(&o, *f);
			continue;
		}
		for (f++; *f == '-' || *f == '+' || *f == ' ' || *f == '#' || *f == '0'; f++)
			zero |= *f == '0';
		if (*f == '*') {
			width = __builtin_va_arg(args, int);
			f++;
		}
		for (; *f >= '0' && *f <= '9'; f++)
			width = width * 10 + (*f - '0');
		if (*f == '.') {
			precision = 0;
			if (*++f == '*') {
				precision = __builtin_va_arg(args, int);
				f++;
			}
			for (; *f >= '0' && *f <= '9'; f++)
				precision = precision * 10 + (*f - '0');
		}
		for (; *f == 'l' || *f == 'h' || *f == 'z' || *f == 't' || *f == 'L'; f++)
			longs += *f != 'h';
		switch (*f) {
		case 'd':
		case 'i':
			value = longs ? __builtin_va_arg(args, long) : __builtin_va_arg(args, int);
			put_number(&o, value < 0 ? -(unsigned long)value : value, 10, value < 0, width, zero);
			break;
		case 'u':
			put_number(&o, longs ? __builtin_va_arg(args, unsigned long) : __builtin_va_arg(args, unsigned int), 10, 0, width, zero);
			break;
		case 'x':
		case 'X':
			put_number(&o, longs ? __builtin_va_arg(args, unsigned long) : __builtin_va_arg(args, unsigned int), 16, 0, width, zero);
			break;
		case 'o':
			put_number(&o, longs ? __builtin_va_arg(args, unsigned long) : __builtin_va_arg(args, unsigned int), 8, 0, width, zero);
			break;
		case 'p':
			put_number(&o, (unsigned long)__builtin_va_arg(args, void *), 16, 0, 16, 1);
			while ((f[1] >= 'a' && f[1] <= 'z') || (f[1] >= 'A' && f[1] <= 'Z'))
				f++;
			break;
		case 's':
			put_text(&o, __builtin_va_arg(args, const char *), precision);
			break;
		case 'c':
			put_char(&o, (char)__builtin_va_arg(args, int));
			break;
		case '%':
			put_char(&o, '%');
			break;
		case 0:
			f--;
			break;
		}
	}
	*o.at = 0;
	return (int)(o.at - text);
}

static void say(const char *format, __builtin_va_list args)
{
	char text[512];
	int length = format_text(text, sizeof(text), format, args);

	sim_host_printk(text, length);
}

int _printk(const char *format, ...)
{
	__builtin_va_list args;

	__builtin_va_start(args, format);
	say(format, args);
	__builtin_va_end(args);
	return 0;
}

static int format_into(char *out, size_t size, const char *format, __builtin_va_list args)
{
	return size ? format_text(out, size, format, args) : 0;
}
int snprintf(char *out, size_t size, const char *format, ...)
{
	__builtin_va_list args;
	int length;

	__builtin_va_start(args, format);
	length = format_into(out, size, format, args);
	__builtin_va_end(args);
	return length;
}
int scnprintf(char *out, size_t size, const char *format, ...) __attribute__((alias("snprintf")));

static char warn_text[512];

void __warn_printk(const char *format, ...)
{
	__builtin_va_list args;

	__builtin_va_start(args, format);
	format_text(warn_text, sizeof(warn_text), format, args);
	__builtin_va_end(args);
}

void sim_warn(const char *file, int line, const char *function)
{
	sim_host_warn(warn_text, file, line, function);
	warn_text[0] = 0;
}

_Noreturn void sim_bug(const char *file, int line, const char *function) { sim_host_bug("", file, line, function); }

void panic(const char *format, ...)
{
	char text[256];
	__builtin_va_list args;

	__builtin_va_start(args, format);
	format_text(text, sizeof(text), format, args);
	__builtin_va_end(args);
	sim_host_bug(text, "panic", 0, "panic");
}

/* Pages and address spaces are described by the view, not by the kernel's dumps; the reason is kept. */
#ifdef KF_DUMP_PAGE_CONST
void dump_page(const struct page *page, const char *reason)
#else
void dump_page(struct page *page, const char *reason)
#endif
{
	if (reason)
		__warn_printk("%s", reason);
}
struct vm_area_struct;
struct mm_struct;
void dump_vma(const struct vm_area_struct *vma) { }
void dump_mm(const struct mm_struct *mm) { }
void dump_stack(void) { }
void add_taint(unsigned flag, enum lockdep_ok ok) { }
