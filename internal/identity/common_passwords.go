package identity

import "strings"

// commonPasswords are the heads of the well-known lists that are long enough to pass the length rule, and the short ones
// people stretch to reach it. Lower case, one a word.
var commonPasswords = func() map[string]struct{} {
	out := map[string]struct{}{}
	for _, w := range strings.Fields(`
123456789012 1234567890123 1234567890abc 123456789abc 123456789qwe 123123123123 1q2w3e4r5t6y 1q2w3e4r5t6y7u
1qaz2wsx3edc 1qaz2wsx3edc4rfv zaq12wsxcde3 q1w2e3r4t5y6 qwertyuiop12 qwertyuiop123 qwertyuiop1234 qwertyuiop[]
qwertyuiopas qwertyuiopasdf qwerty123456 qwerty1234567 qwerty12345678 qwertyqwerty qwerty123qwerty asdfghjkl123
asdfghjkl;'\ asdfasdfasdf zxcvbnm12345 zxcvbnmzxcvbnm password1234 password12345 password123456 password1234567
passwordpassword passw0rd1234 p@ssw0rd1234 p@ssword1234 p@ssw0rd123! password123! password1234! mypassword123
changeme1234 changeme12345 changemenow1 changeitnow1 letmein12345 letmein123456 letmeinplease welcome12345
welcome123456 welcome1234! welcomewelcome administrator administrator1 administrator123 admin1234567 admin12345678
adminadmin12 adminadminadmin rootrootroot root12345678 superuser123 iloveyou1234 iloveyou12345 iloveyouforever
ilovemyfamily iloveyousomuch unbelievable sunshine1234 princess1234 football1234 baseball1234 basketball12
liverpool123 manchester123 chelsea12345 arsenal12345 barcelona123 realmadrid123 michaeljordan dragonball12
dragonballz1 pokemon12345 starwars1234 superman1234 batman123456 spiderman123 computer1234 internet1234
jesuschrist1 jesuslovesme abcdefghijkl abcdefghijklm abcd12345678 abc123456789 abcabc123123 a1b2c3d4e5f6
aa1234567890 aaaaaa111111 0987654321ab 098765432109 987654321098 111222333444 112233445566 121212121212 147258369147
147258369000 159357159357 secretsecret topsecret123 trustno1trustno1 correcthorsebatterystaple
millrace1234 millrace12345 millracemillrace millraceadmin summer202412 winter202412 company12345 companypassword
testtesttest test12345678 testpassword temppassword temporary123 defaultpassword guestguestguest masterpassword
thisismypassword thisisapassword mypasswordis1 nopassword123 newpassword1 newpassword12 newpassword123
`) {
		out[w] = struct{}{}
	}
	out["correct horse battery staple"] = struct{}{}
	return out
}()

func isCommonPassword(lower string) bool {
	_, ok := commonPasswords[lower]
	return ok
}
