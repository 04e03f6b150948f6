/* An LED of the kernel's LED class (/sys/class/leds, Documentation/leds/leds-class.rst). Optional: what cannot be written is
 * left out in silence. */
#ifndef BANDITORE_LED_H
#define BANDITORE_LED_H

#include "firmware-host/keypad/machine.h"

/* led: a name under /sys/class/leds or the folder itself; "": none. Blinking is the kernel's own timer trigger; without that
 * the LED just shines. */
void led_set(const char *led, enum machine_led pattern);

#endif
