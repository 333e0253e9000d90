namespace MLPlatform.Core.Expressions;

/// <summary>The names an expression may begin with.</summary>
internal static class ScopeNames
{
    public const string Activities = "activities";
    public const string Parameters = "parameters";
    public const string Trigger = "trigger";
    public const string Run = "run";
    public const string Item = "item";
    public const string Index = "index";
    public const string Models = "models";

    public static readonly string[] All = [Activities, Parameters, Trigger, Run, Item, Index, Models];

    /// <summary>What of JavaScript's own is there. Date reads given times only; there is no clock and no chance.</summary>
    public static readonly HashSet<string> Language = new(StringComparer.Ordinal)
    {
        "undefined", "NaN", "Infinity", "Array", "BigInt", "Boolean", "Date", "JSON", "Map", "Math", "Number", "Object", "RegExp", "Set",
        "String", "decodeURIComponent", "encodeURIComponent", "isFinite", "isNaN", "parseFloat", "parseInt", "Error",
    };
}
