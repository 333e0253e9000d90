using System.Text.RegularExpressions;
using Xunit;

namespace MLPlatform.Tests.Architecture;

/// <summary>The order of using directives is the one part of the format that neither the build nor the check of white space in ./test sees.</summary>
public sealed partial class UsingOrderTests
{
    [Fact]
    public void Using_directives_are_in_the_order_that_dotnet_format_gives_them() =>
        Assert.Equal([], SourceTree.Files.Where(f => !IsInOrder(SourceTree.Code(f))));

    [Theory]
    [InlineData(true, "using System;", "using System.Text;", "using Microsoft.Win32;", "using Xunit;")]
    [InlineData(true, "using Xunit;", "using static MLPlatform.Core.A;", "using A = MLPlatform.Core.A;")]
    [InlineData(false, "using Xunit;", "using System;")]
    [InlineData(false, "using System.Text;", "using System;")]
    [InlineData(false, "using MLPlatform.Engine.Runs;", "using MLPlatform.Core.Runs;")]
    [InlineData(false, "using static MLPlatform.Core.A;", "using Xunit;")]
    [InlineData(false, "using A = MLPlatform.Core.A;", "using static MLPlatform.Core.A;")]
    public void An_order_is_told_from_a_muddle(bool ordered, params string[] lines) => Assert.Equal(ordered, IsInOrder(lines));

    private static bool IsInOrder(IEnumerable<string> lines)
    {
        string[] keys = [.. lines.Select(l => Directive().Match(l)).Where(m => m.Success).Select(Key)];
        return keys.SequenceEqual(keys.Order(StringComparer.OrdinalIgnoreCase));
    }

    // Names of namespaces, System's first; then static ones; then aliases. What joins the parts of a name comes before what may be in one.
    private static string Key(Match directive)
    {
        (string name, bool isStatic, bool isAlias) = (directive.Groups["name"].Value, directive.Groups["static"].Success, directive.Groups["alias"].Success);
        bool isSystem = !isAlias && (name == "System" || name.StartsWith("System.", StringComparison.Ordinal));
        return $"{(isAlias ? 2 : isStatic ? 1 : 0)} {(isSystem ? 0 : 1)} {(isAlias ? directive.Groups["alias"].Value : name).Replace('.', ' ')}";
    }

    [GeneratedRegex("""^using (?<static>static )?((?<alias>\w+) = )?(?<name>[\w.]+)[^;(]*;$""")]
    private static partial Regex Directive();
}
