namespace MLPlatform.Vlps.Declarations;

/// <summary>JSON paths of what stands in a declaration.</summary>
internal static class DeclarationPath
{
    /// <summary>The path of a member: <c>$.fields</c>, and <c>$.except['price.scaled']</c> where the name is no plain word.</summary>
    public static string Of(string parent, string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' or '-')
            ? $"{parent}.{name}"
            : $"{parent}['{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}']";

    /// <summary>The path of a whole way: names, and items of lists by their number.</summary>
    public static string Of(IEnumerable<object> steps) =>
        steps.Aggregate("$", (path, step) => step is int item ? FormattableString.Invariant($"{path}[{item}]") : Of(path, (string)step));
}
