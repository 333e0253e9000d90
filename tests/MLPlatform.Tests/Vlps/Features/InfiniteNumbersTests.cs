using MLPlatform.Vlps;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Rows;
using Xunit;

namespace MLPlatform.Tests.Vlps.Features;

/// <summary>Tables may hold infinite numbers, and a fitted specification has no way to say them.</summary>
public sealed class InfiniteNumbersTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("log")]
    [InlineData("numeric")]
    [InlineData("standardize")]
    public void What_weights_are_multiplied_by_is_told_with_its_row(string operation)
    {
        FeatureDeclaration declared = operation switch
        {
            "log" => new FeatureDeclaration { Log = ["price"] },
            "numeric" => new FeatureDeclaration { Numeric = ["price"] },
            _ => new FeatureDeclaration { Standardize = ["price"] },
        };
        VlpsException problem = Assert.Throws<VlpsException>(() => Fit(declared, 1, 2, double.PositiveInfinity));
        Assert.Equal("ML-002", problem.Code);
        Assert.Contains("row 2 of column 'price' is infinite", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Buckets_end_at_finite_numbers()
    {
        FeatureSpec spec = Fit(new FeatureDeclaration { Bucketize = ["price"], Buckets = 4 }, 1, 2, 3, 4, double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity, double.NegativeInfinity);
        spec.Save(_file);
        Assert.Equal([2.0, 4.0], Assert.IsType<FittedFeature.Bucketed>(Assert.Single(FeatureSpec.Load(_file).Features)).Boundaries);
    }

    private static FeatureSpec Fit(FeatureDeclaration declared, params double[] prices)
    {
        var batch = new ColumnBatch(["price"]) { Rows = prices.Length };
        batch["price"].Reset(ColumnKind.Real);
        foreach (double price in prices)
            batch["price"].Add(price);
        return FeatureFitter.Fit([declared], ["price"], _ => [batch]);
    }
}
