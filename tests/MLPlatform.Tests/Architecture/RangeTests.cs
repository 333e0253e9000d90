using System.ComponentModel.DataAnnotations;
using System.Reflection;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Pipelines;
using MLPlatform.Vlps.Training;
using Xunit;

namespace MLPlatform.Tests.Architecture;

/// <summary>What is said of a number out of its range is for a person.</summary>
public sealed class RangeTests
{
    [Fact]
    public void A_range_without_an_upper_end_is_told_by_its_lower_one()
    {
        IEnumerable<string> told = new[] { typeof(TrainVlps).Assembly, typeof(PipelineFile).Assembly, typeof(RowEviction).Assembly }
            .SelectMany(a => a.GetTypes()).SelectMany(t => t.GetProperties())
            .Select(p => (Property: p, Range: p.GetCustomAttribute<RangeAttribute>()))
            .Where(p => p.Range is { Maximum: int.MaxValue or >= (double)long.MaxValue })
            .Select(p => p.Range!.FormatErrorMessage(p.Property.Name));
        Assert.NotEmpty(told);
        Assert.DoesNotContain(told, words => words.Contains("between", StringComparison.Ordinal));
        Assert.Contains("CheckpointEvery must be at least 1.", told);
    }
}
