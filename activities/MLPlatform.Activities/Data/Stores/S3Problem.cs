using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using MLPlatform.Core.Activities;

namespace MLPlatform.Activities.Data.Stores;

/// <summary>What a failure of an S3 store means to the person who reads it.</summary>
internal static class S3Problem
{
    public static ActivityException? Describe(Exception problem, string what) => problem switch
    {
        AmazonS3Exception { StatusCode: HttpStatusCode.NotFound } s3 => StoreErrors.NotThere(s3.ErrorCode == "NoSuchBucket" ? $"bucket of '{what}'" : $"object '{what}'", s3),
        AmazonS3Exception { StatusCode: HttpStatusCode.PreconditionFailed } => StoreErrors.Damaged($"'{what}'", "it was changed while it was read."),
        AmazonS3Exception { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } s3 => StoreErrors.Refused($"The store of '{what}'", $"{s3.ErrorCode}.", s3),
        AmazonS3Exception { StatusCode: >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError and not HttpStatusCode.TooManyRequests and not HttpStatusCode.RequestTimeout } s3 =>
            StoreErrors.Location($"The store of '{what}' does not take the request: {s3.ErrorCode}: {s3.Message}"),
        AmazonServiceException service => StoreErrors.Unreachable($"The store of '{what}'", service.Message, service),
        AmazonClientException client => StoreErrors.Unreachable($"The store of '{what}'", client.Message, client),
        HttpRequestException http => StoreErrors.Unreachable($"The store of '{what}'", http.Message, http),
        IOException { HResult: not 28 } io and not FileNotFoundException => StoreErrors.Unreachable($"The store of '{what}'", io.Message, io),
        _ => null,
    };
}
