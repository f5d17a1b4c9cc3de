/*
 * The CA roots that the binary brings along: the PEM file that the macro
 * CA_ROOTS names, as read-only data.  A NUL follows that is not counted.
 */
	.section .rodata
	.global remote_ca_roots
	.global remote_ca_roots_end
	.type remote_ca_roots, %object
	.type remote_ca_roots_end, %object
remote_ca_roots:
	.incbin CA_ROOTS
remote_ca_roots_end:
	.byte 0
	.size remote_ca_roots, remote_ca_roots_end - remote_ca_roots
	.section .note.GNU-stack, "", %progbits
