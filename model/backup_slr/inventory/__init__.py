"""An account as the AWS CLI or boto3 printed it: collect the answers of read-only calls, and read them."""
