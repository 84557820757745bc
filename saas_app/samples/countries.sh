# What a country is called, where it lies, who lives there.
curl "https://restcountries.com/v3.1/name/norway?fields=name,capital,population"

# All countries where a language is spoken.
curl "https://restcountries.com/v3.1/lang/portuguese?fields=name,region"
