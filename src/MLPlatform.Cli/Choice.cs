using System.CommandLine;

namespace MLPlatform.Cli;

/// <summary>An option that takes one of a few words, which help shows as people write them.</summary>
internal static class Choice
{
    public static Option<string> Of<T>(string name, string description, T usual)
        where T : struct, Enum
    {
        Option<string> option = new(name) { Description = description, DefaultValueFactory = _ => Word(usual) };
        option.AcceptOnlyFromAmong([.. Enum.GetValues<T>().Select(Word)]);
        return option;
    }

    public static T Get<T>(this ParseResult parsed, Option<string> option)
        where T : struct, Enum => Enum.Parse<T>(parsed.GetValue(option)!, ignoreCase: true);

    private static string Word<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
