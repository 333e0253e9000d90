using CsCheck;
using MLPlatform.Core.Pipelines;
using Xunit;

namespace MLPlatform.Tests.Pipelines;

public sealed class ScalarTests
{
    [Theory]
    [InlineData("PT0S", 0)]
    [InlineData("P1D", 86400)]
    [InlineData("P1W2DT3H4M5.5S", 788645.5)]
    [InlineData("-PT10S", -10)]
    [InlineData("PT0.0000001S", 1e-7)]
    public void A_duration_reads(string text, double seconds)
    {
        Assert.True(IsoDuration.TryParse(text, out TimeSpan duration));
        Assert.Equal(TimeSpan.FromTicks((long)Math.Round(seconds * 1e7)), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("P")]
    [InlineData("PT")]
    [InlineData("P1DT")]
    [InlineData("P1M")]
    [InlineData("P1Y")]
    [InlineData("PT1M1H")]
    [InlineData("1D")]
    [InlineData("PT1.5H")]
    [InlineData("PT1S\n")]
    [InlineData("PT999999999999H")]
    public void No_duration(string text) => Assert.False(IsoDuration.TryParse(text, out _));

    [Fact]
    public void A_printed_duration_reads_as_itself() => Gen.Long[long.MinValue + 1, long.MaxValue].Sample(ticks =>
        IsoDuration.TryParse(IsoDuration.Print(TimeSpan.FromTicks(ticks)), out TimeSpan again) && again.Ticks == ticks);

    [Theory]
    [InlineData("2", 2)]
    [InlineData("500m", 0.5)]
    [InlineData("1.5", 1.5)]
    [InlineData("8Gi", 8589934592)]
    [InlineData("1k", 1000)]
    [InlineData("1e3", 1000)]
    [InlineData("2E", 2e18)]
    public void A_quantity_reads(string text, double value)
    {
        Assert.True(Quantity.TryParse(text, out Quantity quantity));
        Assert.Equal((decimal)value, quantity.Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("8GB")]
    [InlineData("1 Gi")]
    [InlineData(".5")]
    [InlineData("1.")]
    [InlineData("1e")]
    [InlineData("1e400")]
    [InlineData("10E")]
    [InlineData("1000000000000Ei")]
    [InlineData("999999999999999999999Ei")]
    public void No_quantity(string text) => Assert.False(Quantity.TryParse(text, out _));

    [Theory]
    [InlineData("dependOn", "dependsOn")]
    [InlineData("dpeendsOn", "dependsOn")]
    [InlineData("DEPENDSON", "dependsOn")]
    [InlineData("whne", "when")]
    [InlineData("x", null)]
    [InlineData("completelyDifferent", null)]
    public void The_nearest_name_is_the_one_meant_or_none(string wrong, string? meant) =>
        Assert.Equal(meant, Names.Nearest(wrong, ["type", "inputs", "dependsOn", "when", "forEach"]));
}
