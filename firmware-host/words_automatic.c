#include "firmware-host/words_private.h"

#include <string.h>

/* Phrases that machines write, without accents and signs. Words between blanks; '^' in front: only near the beginning,
 * where a person who tells of such a message would still be telling. */
static const char *const sure[] = {
	"^RISPOSTA AUTOMATICA",
	"^MESSAGGIO AUTOMATICO",
	"E UN MESSAGGIO AUTOMATICO",
	"^SONO FUORI UFFICIO",
	"^SEGRETERIA TELEFONICA",
	"PER USCIRE SCRIVI",
	"PER USCIRE INVIA",
	"PER USCIRE RISPONDI",
	"PER USCIRE DISATTIVA",
	"PER USCIRE STOP",
	"CASELLA NON PRESIDIATA",
	"NUMERO NON PRESIDIATO",
	/* absence */
	"RISPONDITORE AUTOMATICO",
	"AUTOMATICAMENTE GENERATO",
	"GENERATO AUTOMATICAMENTE",
	"INVIATO AUTOMATICAMENTE",
	"OUT OF OFFICE",
	"AUTOMATIC REPLY",
	"AUTO REPLY",
	"AUTOREPLY",
	"AUTOMATISCHE ANTWORT",
	"ABWESENHEITSNOTIZ",
	"NON RISPONDERE A QUESTO",
	"NON RISPONDA A QUESTO",
	"DO NOT REPLY",
	"NOREPLY",
	"NO REPLY",
	/* operators */
	"^TI HA CHIAMATO",
	"^TI HA CERCATO",
	"^HA PROVATO A CHIAMARTI",
	"^HAI RICEVUTO UNA CHIAMATA",
	"^CHIAMATE PERSE",
	"ORA RAGGIUNGIBILE",
	"CREDITO RESIDUO",
	"RICARICA EFFETTUATA",
	"LA TUA OFFERTA",
	"LA TUA PROMO",
	"SOGLIA DATI",
	/* codes and banks */
	"CODICE DI VERIFICA",
	"CODICE OTP",
	"CODICE DI SICUREZZA E",
	"IL TUO CODICE",
	"VERIFICATION CODE",
	"IL SUO CODICE",
	"PASSWORD MONOUSO",
	"^GENTILE CLIENTE",
	"^GENTILE UTENTE",
	"^CARO CLIENTE",
	"ADDEBITO DI EUR",
	"PAGAMENTO DI EUR",
	"BONIFICO DI EUR",
	"PRELIEVO DI EUR",
	"CARTA TERMINANTE",
	/* parcels */
	"^IL TUO PACCO",
	"^IL SUO PACCO",
	"^LA TUA SPEDIZIONE",
	"^LA SUA SPEDIZIONE",
	"^IL TUO ORDINE",
	"IN CONSEGNA OGGI",
	/* other boxes and shops, this one's sentences among them */
	"PER CANCELLARTI",
	"PER CANCELLARSI",
	"PER DISISCRIVERTI",
	"PER DISISCRIVERSI",
	"PER DISATTIVARE INVIA",
	"PER TORNARE SCRIVI",
	"PER ISCRIVERTI",
	"PER ATTIVARE INVIA",
	"RISPONDI STOP",
	"INVIA STOP",
	"SCRIVI STOP",
	"STOP SMS AL",
	"REPLY STOP",
	"TEXT STOP",
	"OPT OUT",
	"BENVENUTO DA",
	"GRAZIE PER AVERCI CONTATTATO",
	"GRAZIE PER AVERCI SCRITTO",
	"GRAZIE DI AVERCI CONTATTATO",
	"TI RISPONDEREMO",
	"VI RISPONDEREMO",
	"LE RISPONDEREMO",
	"SARAI RICONTATTATO",
	"VERRAI RICONTATTATO",
	"SARETE RICONTATTATI",
	"NON E ABILITATO ALLA RICEZIONE",
	"NUMERO NON ABILITATO",
	"EMERGENZE CHIAMA IL 112",
	"EMERGENZE 112",
	"NOTFALLE 112",
	"ABMELDEN MIT",
	"ZURUCK MIT ANMELDEN",
	"RISPONDI CON IL NUMERO",
	"RISPONDI COL NUMERO",
	"RISPONDI CON I NUMERI",
	"ESERCITAZIONE NESSUN PERICOLO",
};

/* Each of these a person may write as well; two of them together hardly. */
static const char *const perhaps[] = {
	"SONO FUORI SEDE",
	"TRACKING",
	"GRAZIE PER IL TUO MESSAGGIO",
	"NON SIAMO DISPONIBILI",
	"SONO IN FERIE",
	"IN FERIE DAL",
	"IN FERIE FINO",
	"SARO ASSENTE",
	"SONO ASSENTE",
	"SARO FUORI",
	"FUORI UFFICIO",
	"RIENTRERO",
	"RIENTRO IL",
	"AL MIO RIENTRO",
	"RISPONDERO",
	"TI RICHIAMO",
	"LA RICHIAMO",
	"RICHIAMERO",
	"APPENA POSSIBILE",
	"PRIMA POSSIBILE",
	"AL MOMENTO NON",
	"NON POSSO RISPONDERE",
	"NON POSSO PARLARE",
	"STO GUIDANDO",
	"SONO ALLA GUIDA",
	"SONO IN RIUNIONE",
	"IN RIUNIONE",
	"IN CASO DI URGENZA",
	"PER URGENZE",
	"CASI URGENTI",
	"LASCIA UN MESSAGGIO",
	"LASCIATE UN MESSAGGIO",
	"ORARI DI APERTURA",
	"IL NOSTRO TEAM",
	"IL NOSTRO STAFF",
	"SIAMO CHIUSI",
	"SIAMO APERTI",
	"CLICCA QUI",
	"CLICCA SUL LINK",
	"SCOPRI DI PIU",
	"CONDIZIONI SU",
	"INFO SU",
	"ACCEDI",
	"ENTRO 24 ORE",
	"BENVENUTO",
	"BENVENUTA",
	"SERVIZIO CLIENTI",
	"QUESTO NUMERO",
	"NOSTRI OPERATORI",
	"NEWSLETTER",
	"ISCRIZIONE CONFERMATA",
	"RICEVERAI",
};

enum { BEGINNING = 3 }; /* words before a phrase that is still near the beginning */

/* Does the phrase stand there, word for word? */
static bool phrase_stands(const struct words *words, int at, const char *phrase)
{
	for (; *phrase; at++) {
		size_t length = strcspn(phrase, " ");
		if (at >= words->count || strlen(words->at[at].word) != length ||
			memcmp(words->at[at].word, phrase, length) != 0)
			return false;
		phrase += length + (phrase[length] == ' ');
	}
	return true;
}

static bool phrase_found(const struct words *words, const char *phrase)
{
	bool early = phrase[0] == '^';

	for (int at = 0; at < words->count && (!early || at <= BEGINNING); at++)
		if (phrase_stands(words, at, phrase + early))
			return true;
	return false;
}

bool words_is_automatic(const char *text)
{
	struct words words;
	int hints = 0;

	words_cut(text, &words);
	for (size_t i = 0; i < sizeof sure / sizeof *sure; i++)
		if (phrase_found(&words, sure[i]))
			return true;
	for (size_t i = 0; i < sizeof perhaps / sizeof *perhaps; i++)
		hints += phrase_found(&words, perhaps[i]);
	return hints >= 2;
}
