/* `banditore pdu decode` and `banditore pdu encode`: lines in, one JSON object a line out. */
#ifndef BANDITORE_CMD_PDU_H
#define BANDITORE_CMD_PDU_H

#include "config/err.h"

/* Reads stdin to its end and writes stdout; argv[0] is "decode" or "encode", the rest its options. Returns 0, or -1: EX_USAGE
 * for the arguments, EX_DATAERR when a line was answered with {"error":…} (all others are answered all the same), EX_IOERR
 * when stdin or stdout failed. Makes stdout line buffered, so that it can be driven through pipes. */
int cmd_pdu(int argc, char **argv, struct err *err);

#endif
